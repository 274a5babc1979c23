import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { defineMethod } from '../registry.js'
import { request, startTransport } from '../transport.testing.js'

const open: WebSocket[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate()
})

async function connect(url: string, options: { origin?: string } = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, { ...options })
  open.push(socket)
  await once(socket, 'open')
  return socket
}

async function ask(socket: WebSocket, text: string): Promise<unknown> {
  socket.send(text)
  const [data] = await once(socket, 'message')
  return JSON.parse(String(data))
}

describe('JSON-RPC over WebSocket', () => {
  test('answers requests and batches on the port of HTTP', async () => {
    await using server = await startTransport()
    const socket = await connect(server.webSocketUrl)
    expect(await ask(socket, request('test_echo', ['hi'], 9))).toEqual({
      jsonrpc: '2.0',
      id: 9,
      result: 'hi',
    })
    expect(await ask(socket, `[${request('test_echo', ['a'], 1)}]`)).toEqual([
      { jsonrpc: '2.0', id: 1, result: 'a' },
    ])
    expect(await ask(socket, 'nonsense')).toMatchObject({ id: null, error: { code: -32700 } })
  })

  test('closes on a message above the limit and keeps serving others', async () => {
    await using server = await startTransport({ bodyBytes: 1000 })
    const bystander = await connect(server.webSocketUrl)
    const socket = await connect(server.webSocketUrl)
    socket.on('error', () => {})
    socket.send('x'.repeat(2000))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
    expect(await ask(bystander, request('test_echo', ['hi']))).toMatchObject({ result: 'hi' })
  })

  test('refuses foreign origins and more connections than allowed', async () => {
    await using server = await startTransport({ webSockets: 1 }, ['https://a.example'])
    await expect(connect(server.webSocketUrl, { origin: 'https://b.example' })).rejects.toThrow('403')
    await connect(server.webSocketUrl, { origin: 'https://a.example' })
    await expect(connect(server.webSocketUrl)).rejects.toThrow('503')
  })

  test('a flood of requests is answered completely, a few at a time', async () => {
    await using server = await startTransport({ webSocketInFlight: 2 })
    const socket = await connect(server.webSocketUrl)
    const ids = new Set<number>()
    const all = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        ids.add(JSON.parse(String(data)).id)
        if (ids.size === 2000) resolve()
      })
    })
    for (let id = 0; id < 2000; id++) socket.send(request('test_echo', ['x'], id))
    await all
    expect(ids.size).toBe(2000)
  })

  test('drops a client that does not read its notifications', async () => {
    await using server = await startTransport({ webSocketBufferBytes: 256 * 1024, webSocketInFlight: 100 })
    const socket = await connect(server.webSocketUrl)
    socket.on('error', () => {})
    socket.pause()
    for (let i = 0; i < 2000 && server.metrics.slowConsumersDropped === 0; i++) {
      socket.send(request('test_notify'))
      await new Promise(setImmediate)
    }
    expect(server.metrics.slowConsumersDropped).toBe(1)
    expect(server.metrics.webSockets).toBe(0)
  })

  test('computes no further answers for a client that does not read them', async () => {
    const big = defineMethod('test_big', [], () => 'x'.repeat(1536 * 1024))
    await using server = await startTransport({}, '*', [big])
    const socket = await connect(server.webSocketUrl)
    socket.pause()
    for (let id = 0; id < 30; id++) socket.send(request('test_big', [], id))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(server.metrics.methods.get('test_big')?.count).toBeLessThan(10)
    let answers = 0
    socket.on('message', () => answers++)
    socket.resume()
    await expect.poll(() => answers, { timeout: 10_000 }).toBe(30)
  })

  test('drops a client that answers no ping', async () => {
    await using server = await startTransport({ webSocketPingSeconds: 0.05 })
    const socket = await connect(server.webSocketUrl)
    socket.on('error', () => {})
    socket.pause()
    while (server.metrics.webSockets > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(server.metrics.webSockets).toBe(0)
  })
})
