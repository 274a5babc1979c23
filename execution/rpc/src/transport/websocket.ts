import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import type { Dispatcher } from '../dispatcher.js'
import type { CorsOptions } from '../options.js'
import type { RpcConnection } from '../registry.js'
import { mayOpenWebSocket } from './cors.js'

type CloseReason = 'client' | 'slow' | 'unresponsive' | 'shutdown'

/** Unsent bytes above which a connection's next requests wait until the client has read. */
const responseBacklogBytes = 1024 * 1024

/** JSON-RPC with subscriptions over WebSocket, on the port of `server`. */
export class WebSocketTransport {
  readonly #server: WebSocketServer
  readonly #connections = new Set<Connection>()
  readonly #heartbeat: NodeJS.Timeout

  constructor(server: Server, opts: { cors: CorsOptions }, dispatcher: Dispatcher) {
    const { limits } = dispatcher
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: limits.bodyBytes,
      perMessageDeflate: false,
      clientTracking: false,
    })
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy())
      if (!mayOpenWebSocket(request, opts.cors)) return refuse(socket, 403)
      if (this.#connections.size >= limits.webSockets) return refuse(socket, 503)
      this.#server.handleUpgrade(request, socket, head, (webSocket) =>
        this.#open(webSocket, dispatcher, request.headers.origin),
      )
    })
    this.#heartbeat = setInterval(() => {
      for (const connection of this.#connections) connection.ping()
    }, limits.webSocketPingSeconds * 1000)
    this.#heartbeat.unref()
  }

  close(): void {
    clearInterval(this.#heartbeat)
    for (const connection of [...this.#connections]) connection.end('shutdown')
    this.#server.close()
  }

  #open(webSocket: WebSocket, dispatcher: Dispatcher, origin: string | undefined): void {
    const connection = new Connection(webSocket, dispatcher, origin, (reason) => {
      this.#connections.delete(connection)
      dispatcher.observer.webSocketClosed(reason)
    })
    this.#connections.add(connection)
    dispatcher.observer.webSocketOpened()
  }
}

/** One client. Requests run concurrently up to a limit, further ones wait here; while they wait, nothing is read. */
class Connection implements RpcConnection {
  readonly subscriptions = new Map<string, { stop(): void }>()
  readonly #waiting: Buffer[] = []
  readonly #inFlight = new Set<AbortController>()
  #pumping = false
  #alive = true
  #closed = false
  #reason: CloseReason = 'client'

  constructor(
    readonly webSocket: WebSocket,
    readonly dispatcher: Dispatcher,
    readonly origin: string | undefined,
    readonly onClose: (reason: CloseReason) => void,
  ) {
    webSocket.on('message', (data: RawData) => {
      this.#waiting.push(asBuffer(data))
      this.#pump()
    })
    webSocket.on('pong', () => {
      this.#alive = true
    })
    // A protocol error or an oversize message: ws closes the connection itself.
    webSocket.on('error', () => {})
    webSocket.on('close', () => this.#onClosed())
  }

  notify(method: string, params: unknown): void {
    if (this.webSocket.readyState !== WebSocket.OPEN) return
    if (this.webSocket.bufferedAmount > this.dispatcher.limits.webSocketBufferBytes) {
      this.end('slow')
      return
    }
    this.webSocket.send(JSON.stringify({ jsonrpc: '2.0', method, params }), () => this.#pump())
  }

  ping(): void {
    if (!this.#alive) {
      this.end('unresponsive')
      return
    }
    this.#alive = false
    this.webSocket.ping()
  }

  end(reason: CloseReason): void {
    this.#reason = reason
    // A client that does not read would never see a close frame; only a shutdown is worth one.
    if (reason === 'shutdown') this.webSocket.close(1001, 'server is stopping')
    this.webSocket.terminate()
    this.#onClosed()
  }

  #pump(): void {
    if (!this.#pumping) void this.#start()
    if (this.#waiting.length > 0) this.webSocket.pause()
    else if (this.webSocket.isPaused) this.webSocket.resume()
  }

  /** One request a turn of the event loop: its answer is on its way before the next one makes another. */
  async #start(): Promise<void> {
    this.#pumping = true
    while (this.#mayStart()) {
      this.#run(this.#waiting.shift() as Buffer).catch(() => this.end('client'))
      await new Promise(setImmediate)
    }
    this.#pumping = false
    if (this.#waiting.length === 0 && this.webSocket.isPaused) this.webSocket.resume()
  }

  #mayStart(): boolean {
    const room = this.#inFlight.size < this.dispatcher.limits.webSocketInFlight
    return this.#waiting.length > 0 && room && this.webSocket.bufferedAmount <= responseBacklogBytes
  }

  async #run(message: Buffer): Promise<void> {
    const abort = new AbortController()
    this.#inFlight.add(abort)
    const client = { connection: this, origin: this.origin }
    const { text, afterResponse } = await this.dispatcher.handle(message, client, abort)
    this.#inFlight.delete(abort)
    if (this.webSocket.readyState === WebSocket.OPEN) {
      if (text !== undefined) this.webSocket.send(text, () => this.#pump())
      afterResponse()
    }
    this.#pump()
  }

  #onClosed(): void {
    if (this.#closed) return
    this.#closed = true
    for (const abort of this.#inFlight) abort.abort()
    this.#waiting.length = 0
    for (const subscription of this.subscriptions.values()) subscription.stop()
    this.subscriptions.clear()
    this.onClose(this.#reason)
  }
}

function asBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
