import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { Dispatcher } from '../dispatcher.js'
import { RpcMetrics } from '../metrics.js'
import { defaultLimits, type RpcLimits } from '../options.js'
import { string } from '../params/core.js'
import { defineMethod, MethodRegistry } from '../registry.js'
import { request } from '../transport.testing.js'
import { IpcTransport } from './ipc.js'
import { JsonSplitter } from './jsonSplitter.js'

const folder = mkdtempSync(join(tmpdir(), 'metis-ipc-'))
afterAll(() => rmSync(folder, { recursive: true }))
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const transport of open.splice(0)) await transport.close()
})

let count = 0
async function start(
  limits: Partial<RpcLimits> = {},
  path = join(folder, `${count++}.ipc`),
): Promise<string> {
  const registry = new MethodRegistry()
  registry.register([
    defineMethod('test_echo', [string], (text) => text),
    defineMethod('test_notify', [], ({ connection, afterResponse }) => {
      afterResponse(() => connection?.notify('test_event', 1))
      return true
    }),
  ])
  open.push(
    await IpcTransport.open(
      path,
      new Dispatcher(registry, { ...defaultLimits, ...limits }, new RpcMetrics()),
    ),
  )
  return path
}

/** The next `lines` that come back. */
async function read(socket: Socket, lines: number): Promise<unknown[]> {
  let text = ''
  while (text.split('\n').length <= lines) text += String((await once(socket, 'data'))[0])
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('JSON-RPC over IPC', () => {
  test('answers messages that come in pieces or several at once, a line each', async () => {
    const socket = connect(await start())
    const [first, second] = [request('test_echo', ['a{"'], 1), request('test_echo', ['b'], 2)]
    socket.write(first.slice(0, 20))
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.write(first.slice(20) + second)
    expect(await read(socket, 2)).toEqual([
      { jsonrpc: '2.0', id: 1, result: 'a{"' },
      { jsonrpc: '2.0', id: 2, result: 'b' },
    ])
    socket.write('nonsense\n')
    expect(await read(socket, 1)).toMatchObject([{ id: null, error: { code: -32700 } }])
    socket.destroy()
  })

  test('pushes notifications after the answer', async () => {
    const socket = connect(await start())
    socket.write(request('test_notify', []))
    expect(await read(socket, 2)).toMatchObject([{ result: true }, { method: 'test_event', params: 1 }])
    socket.destroy()
  })

  test('ends a connection whose message is too long, and serves others', async () => {
    const path = await start({ bodyBytes: 1_000 })
    const [bad, good] = [connect(path), connect(path)]
    bad.write(`{"${'x'.repeat(2_000)}`)
    await once(bad, 'close')
    good.write(request('test_echo', ['hi']))
    expect(await read(good, 1)).toMatchObject([{ result: 'hi' }])
    good.destroy()
  })

  test('belongs to its user alone, takes the place of a dead socket, leaves a live one, and cleans up', async () => {
    const path = join(folder, 'stale.ipc')
    const dying = `require('net').createServer().listen('${path}', () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', dying])
    expect(existsSync(path)).toBe(true)
    await start({}, path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await expect(start({}, path)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await open.pop()!.close()
    expect(existsSync(path)).toBe(false)
  })

  test('leaves a file alone that is no socket', async () => {
    const path = join(folder, 'notes.txt')
    writeFileSync(path, 'mine')
    await expect(start({}, path)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(existsSync(path)).toBe(true)
  })
})

describe('messages in a stream', () => {
  test('are the same however the bytes arrive', () => {
    const text = ' {"a":"}\\"]"}\n[1,{"b":[2]}]{"c":"\\\\"}  oops\n{}'
    const expected = ['{"a":"}\\"]"}', '[1,{"b":[2]}]', '{"c":"\\\\"}', 'oops\n', '{}']
    for (const size of [1, 2, 3, 7, 100]) {
      const splitter = new JsonSplitter(100)
      const found: string[] = []
      for (let at = 0; at < text.length; at += size)
        found.push(...splitter.push(Buffer.from(text.slice(at, at + size)))!.map(String))
      expect(found).toEqual(expected)
    }
  })
})
