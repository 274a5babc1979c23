import { chmodSync, statSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Dispatcher } from '../dispatcher.js'
import type { RpcConnection } from '../registry.js'
import { JsonSplitter } from './jsonSplitter.js'

/** Unsent bytes above which a connection's next requests wait until the client has read. */
const responseBacklogBytes = 1024 * 1024

/**
 * JSON-RPC with subscriptions over a Unix socket or named pipe, for programs on the same machine: messages of JSON one after the
 * other, answers one a line, as geth's IPC. Only the node's own user may connect.
 */
export class IpcTransport {
  readonly #server: Server
  readonly #connections = new Set<Connection>()

  private constructor(
    readonly path: string,
    dispatcher: Dispatcher,
  ) {
    this.#server = createServer((socket) => {
      if (this.#connections.size >= dispatcher.limits.connections) return void socket.destroy()
      const connection = new Connection(socket, dispatcher, () => this.#connections.delete(connection))
      this.#connections.add(connection)
    })
  }

  /** @throws when another process listens at `path` (`code` EADDRINUSE), or nothing may be put there */
  static async open(path: string, dispatcher: Dispatcher): Promise<IpcTransport> {
    const transport = new IpcTransport(path, dispatcher)
    if (isSocket(path) && !(await answers(path))) unlinkSync(path)
    await new Promise<void>((resolve, reject) => {
      transport.#server.once('error', reject)
      transport.#server.listen(path, resolve)
    })
    if (process.platform !== 'win32') chmodSync(path, 0o600)
    return transport
  }

  /** Drops all connections and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const connection of this.#connections) connection.end()
    await closed
  }
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false
}

/** A socket file outlives a process that was killed. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const end = (isAlive: boolean) => {
      socket.destroy()
      resolve(isAlive)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}

/** One client. Requests run concurrently up to a limit, further ones wait; while they wait, nothing is read. */
class Connection implements RpcConnection {
  readonly subscriptions = new Map<string, { stop(): void }>()
  readonly #splitter: JsonSplitter
  readonly #waiting: Buffer[] = []
  readonly #inFlight = new Set<AbortController>()

  constructor(
    private readonly socket: Socket,
    private readonly dispatcher: Dispatcher,
    onClose: () => void,
  ) {
    this.#splitter = new JsonSplitter(dispatcher.limits.bodyBytes)
    socket.on('data', (chunk) => {
      const messages = this.#splitter.push(chunk)
      if (messages === undefined) return this.end()
      this.#waiting.push(...messages)
      this.#pump()
    })
    socket.on('drain', () => this.#pump())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      for (const abort of this.#inFlight) abort.abort()
      for (const subscription of this.subscriptions.values()) subscription.stop()
      this.subscriptions.clear()
      onClose()
    })
  }

  notify(method: string, params: unknown): void {
    if (this.socket.writableLength > this.dispatcher.limits.webSocketBufferBytes) this.end()
    else this.#send(JSON.stringify({ jsonrpc: '2.0', method, params }))
  }

  end(): void {
    this.socket.destroy()
  }

  #pump(): void {
    const { webSocketInFlight } = this.dispatcher.limits
    while (
      this.#waiting.length > 0 &&
      this.#inFlight.size < webSocketInFlight &&
      this.socket.writableLength <= responseBacklogBytes
    ) {
      this.#run(this.#waiting.shift()!).catch(() => this.end())
    }
    if (this.#waiting.length > 0) this.socket.pause()
    else this.socket.resume()
  }

  async #run(message: Buffer): Promise<void> {
    const abort = new AbortController()
    this.#inFlight.add(abort)
    const client = { connection: this, origin: undefined }
    const { text, afterResponse } = await this.dispatcher.handle(message, client, abort)
    this.#inFlight.delete(abort)
    if (this.socket.writable) {
      if (text !== undefined) this.#send(text)
      afterResponse()
    }
    this.#pump()
  }

  #send(text: string): void {
    if (this.socket.writable) this.socket.write(`${text}\n`)
  }
}
