import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { post, request, startTransport } from '../transport.testing.js'

type Server = Awaited<ReturnType<typeof startTransport>>
let server: Server
const limits = {
  bodyBytes: 4096,
  batchItems: 5,
  batchResponseBytes: 600,
  responseBytes: 500,
  jsonDepth: 8,
  requestSeconds: 0.2,
}

beforeAll(async () => {
  server = await startTransport(limits)
})
afterAll(() => server[Symbol.asyncDispose]())

const errorOf = async (body: BodyInit) => {
  const { status, json } = await post(server.url, body)
  return { status, ...json().error }
}

describe('JSON-RPC over HTTP', () => {
  test('answers a request with its id', async () => {
    const { status, json, headers } = await post(server.url, request('test_echo', ['hello'], 'abc'))
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/json')
    expect(json()).toEqual({ jsonrpc: '2.0', id: 'abc', result: 'hello' })
  })

  test('gives each mistake its own code, with status 200', async () => {
    expect(await errorOf('{"jsonrpc"')).toMatchObject({ status: 200, code: -32700 })
    expect(await errorOf('')).toMatchObject({ status: 200, code: -32700 })
    expect(await errorOf(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({ code: -32700 })
    expect(await errorOf('['.repeat(9))).toMatchObject({
      code: -32700,
      message: expect.stringContaining('deeper'),
    })
    expect(await errorOf('1')).toMatchObject({ code: -32600 })
    expect(await errorOf('{"id":1,"method":"test_echo"}')).toMatchObject({ code: -32600 })
    expect(await errorOf('{"jsonrpc":"2.0","id":{},"method":"test_echo"}')).toMatchObject({ code: -32600 })
    expect(await errorOf(request('test_nothing'))).toMatchObject({ code: -32601 })
    expect(await errorOf(request('test_echo'))).toMatchObject({
      code: -32602,
      message: 'missing value for required argument 0',
    })
    expect(await errorOf(request('test_echo', { 0: 'x' }))).toMatchObject({ code: -32602 })
    expect(await errorOf(request('test_echo', ['a', 'b']))).toMatchObject({ code: -32602 })
    expect(await errorOf(request('test_reject'))).toMatchObject({ code: -32602, message: 'no' })
  })

  test('says nothing of an unexpected error, but counts it', async () => {
    const { text } = await post(server.url, request('test_crash'))
    expect(JSON.parse(text).error).toEqual({ code: -32603, message: 'internal error' })
    expect(text).not.toContain('secret')
    expect(server.metrics.internalErrors).toBe(1)
    expect(server.metrics.methods.get('test_crash')).toMatchObject({ count: 1, errors: 1 })
  })

  test('ends a request that takes too long', async () => {
    expect(await errorOf(request('test_never'))).toMatchObject({ code: -32002 })
  })

  test('answers a batch in order, without its notifications', async () => {
    const notification = { jsonrpc: '2.0', method: 'test_echo', params: ['quiet'] }
    const items = [
      JSON.parse(request('test_echo', ['a'], 1)),
      notification,
      7,
      JSON.parse(request('test_echo', ['b'], 2)),
    ]
    const { json } = await post(server.url, JSON.stringify(items))
    expect(json().map((reply: { id: unknown }) => reply.id)).toEqual([1, null, 2])
    const onlyNotification = await post(server.url, JSON.stringify(notification))
    expect(onlyNotification).toMatchObject({ status: 204, text: '' })
  })

  test('bounds batches and results', async () => {
    const call = JSON.parse(request('test_echo', ['x'.repeat(300)]))
    expect(await errorOf('[]')).toMatchObject({ code: -32600 })
    expect(await errorOf(JSON.stringify(Array(6).fill(call)))).toMatchObject({ code: -32600 })
    expect(await errorOf(request('test_echo', ['x'.repeat(600)]))).toMatchObject({ code: -32003 })
    const { json } = await post(server.url, JSON.stringify([call, call, call]))
    expect(json().map((reply: { error?: { code: number } }) => reply.error?.code)).toEqual([
      undefined,
      -32003,
      -32003,
    ])
  })

  test('refuses what is no JSON-RPC with an HTTP status', async () => {
    expect((await fetch(server.url)).status).toBe(405)
    expect(
      (await post(server.url, request('test_echo', ['x']), { 'content-type': 'text/plain' })).status,
    ).toBe(415)
    expect((await post(server.url, request('test_echo', ['x']), { 'content-encoding': 'gzip' })).status).toBe(
      415,
    )
    expect((await post(server.url, 'x'.repeat(5000))).status).toBe(413)
    expect(
      await raw(
        server.port,
        'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1400\r\n' +
          'x'.repeat(0x1400) +
          '\r\n',
      ),
    ).toContain('413')
    expect(await raw(server.port, '\x00\x01\x02 nonsense\r\n\r\n')).toContain('400')
  })

  test('tells a client that is still sending, and does not wait for all of it', async () => {
    expect((await post(server.url, Buffer.alloc(20_000_000))).status).toBe(413)
  })

  test('reports health', async () => {
    const response = await fetch(`${server.url}/health`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ status: 'ok' })
  })

  test('lets pages of allowed origins read, and no others', async () => {
    const preflight = await fetch(server.url, { method: 'OPTIONS', headers: { origin: 'https://a.example' } })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    await using strict = await startTransport({}, ['https://a.example'])
    const ask = (origin: string) => post(strict.url, request('test_echo', ['x']), { origin })
    expect((await ask('https://a.example')).headers.get('access-control-allow-origin')).toBe(
      'https://a.example',
    )
    expect((await ask('https://b.example')).headers.get('access-control-allow-origin')).toBeNull()
  })
})

function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let received = ''
    socket.on('data', (data) => {
      received += data
    })
    socket.on('close', () => resolve(received))
    socket.on('error', (error) => (received ? resolve(received) : reject(error)))
  })
}
