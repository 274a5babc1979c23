import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { translateError } from './chain-errors.js'
import { type ChainModules, chainMethods } from './chain-methods.js'
import { Dispatcher } from './dispatcher.js'
import { RpcMetrics, type RpcObserver } from './metrics.js'
import { defaultLimits, type RpcServerOptions } from './options.js'
import { MethodRegistry, type RpcMethod } from './registry.js'
import { createHttpServer } from './transport/http.js'
import { IpcTransport } from './transport/ipc.js'
import { WebSocketTransport } from './transport/websocket.js'

export type RpcServerModules = ChainModules & {
  /** Methods of upper floors, such as `hyperion_*`. */
  extraMethods?: Iterable<RpcMethod>
  /** Receives every request's method, time and error; default: counters in `server.metrics`. */
  observer?: RpcObserver
}

/** A running server: HTTP and WebSocket on one port, and IPC where asked for. */
export interface RpcServer extends AsyncDisposable {
  /** http://host:port */
  readonly url: string
  /** ws://host:port */
  readonly webSocketUrl: string
  /** Where IPC is served, if anywhere. */
  readonly ipcPath: string | undefined
  readonly host: string
  readonly port: number
  /** Counters; stays empty when another `observer` was given. */
  readonly metrics: RpcMetrics
  readonly methods: MethodRegistry
  /** Adds methods to the running server. @throws {Error} when a name is taken. */
  register(methods: Iterable<RpcMethod>): void
  /** Refuses new work, drops WebSockets, lets running HTTP requests end for a second. Idempotent. */
  close(): Promise<void>
}

/**
 * Serves a chain over JSON-RPC 2.0.
 *
 * @throws when the port or the IPC path is taken (`code` EADDRINUSE) or may not be bound
 * @example
 * await using server = await createRpcServer({ port: 9545 }, { chain })
 * console.log(server.url)
 */
export async function createRpcServer(opts: RpcServerOptions, modules: RpcServerModules): Promise<RpcServer> {
  const limits = { ...defaultLimits, ...opts.limits }
  const cors = opts.cors ?? '*'
  const host = opts.host ?? '127.0.0.1'
  const metrics = new RpcMetrics()
  const methods = new MethodRegistry()
  const own = chainMethods(
    { limits, clientVersion: opts.clientVersion ?? 'metis-stack/v0.1.0' },
    modules,
    methods,
  )
  methods.register(own.methods)
  methods.register(modules.extraMethods ?? [])
  const dispatcher = new Dispatcher(methods, limits, modules.observer ?? metrics, translateError)
  const http = createHttpServer({ cors }, { dispatcher, health: own.health })
  const webSockets = new WebSocketTransport(http, { cors }, dispatcher)
  let ipc: IpcTransport | undefined
  try {
    ipc = opts.ipcPath === undefined ? undefined : await IpcTransport.open(opts.ipcPath, dispatcher)
    await listen(http, host, opts.port ?? 0)
  } catch (error) {
    await ipc?.close()
    webSockets.close()
    own.dispose()
    throw error
  }
  const { port } = http.address() as AddressInfo
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= (async () => {
      own.dispose()
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      webSockets.close()
      await ipc?.close()
      http.closeIdleConnections()
      const force = setTimeout(() => http.closeAllConnections(), 1000)
      await closed
      clearTimeout(force)
    })()
    return closing
  }
  return {
    url: `http://${authority}`,
    webSocketUrl: `ws://${authority}`,
    ipcPath: ipc?.path,
    host,
    port,
    metrics,
    methods,
    register: (added) => methods.register(added),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
