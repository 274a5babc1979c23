import { Dispatcher } from './dispatcher.js'
import { invalidParams } from './errors.js'
import { RpcMetrics } from './metrics.js'
import { defaultLimits, type RpcLimits, type RpcServerOptions } from './options.js'
import { string } from './params/core.js'
import { defineMethod, MethodRegistry, type RpcMethod } from './registry.js'
import { createHttpServer } from './transport/http.js'
import { WebSocketTransport } from './transport/websocket.js'

/** The transports over a few methods of their own, for tests that need no chain. */
export async function startTransport(
  limits: Partial<RpcLimits> = {},
  cors: NonNullable<RpcServerOptions['cors']> = '*',
  extra: RpcMethod[] = [],
) {
  const metrics = new RpcMetrics()
  const registry = new MethodRegistry()
  registry.register([
    defineMethod('test_echo', [string], (text) => text),
    defineMethod('test_never', [], () => new Promise(() => {})),
    defineMethod('test_crash', [], () => {
      throw new Error('secret: /home/someone')
    }),
    defineMethod('test_reject', [], async () => {
      throw invalidParams('no')
    }),
    defineMethod('test_notify', [], ({ connection, afterResponse }) => {
      afterResponse(() => connection?.notify('test_event', 'x'.repeat(64 * 1024)))
      return true
    }),
    ...extra,
  ])
  const dispatcher = new Dispatcher(registry, { ...defaultLimits, ...limits }, metrics)
  const http = createHttpServer(
    { cors },
    { dispatcher, health: () => ({ ok: true, body: { status: 'ok' } }) },
  )
  const webSockets = new WebSocketTransport(http, { cors }, dispatcher)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP')
  const { port } = address
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    webSocketUrl: `ws://127.0.0.1:${port}`,
    metrics,
    registry,
    async [Symbol.asyncDispose]() {
      webSockets.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

/** POSTs a body as it is. */
export async function post(url: string, body: BodyInit, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
}

export function request(method: string, params: unknown = [], id: unknown = 1): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params })
}
