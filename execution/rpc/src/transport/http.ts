import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Dispatcher } from '../dispatcher.js'
import type { CorsOptions } from '../options.js'
import { allowedOrigin, preflightHeaders } from './cors.js'

export type HttpModules = {
  dispatcher: Dispatcher
  /** Body of GET /health. */
  health(): { ok: boolean; body: Record<string, unknown> }
}

/** Longer than a request may take: silence beyond it means that nobody listens. */
const socketIdleMs = 120_000

/**
 * JSON-RPC over POST. RPC errors come with status 200; other statuses mean that the message never reached the
 * dispatcher: 405 not a POST, 413 too large, 415 not JSON (which also keeps plain HTML forms of foreign pages out).
 */
export function createHttpServer(opts: { cors: CorsOptions }, modules: HttpModules): Server {
  const { limits } = modules.dispatcher
  const server = createServer({ keepAliveTimeout: 30_000, headersTimeout: 10_000, requestTimeout: 60_000 })
  server.maxConnections = limits.connections
  // A client that does not read its answer is let go.
  server.timeout = socketIdleMs
  server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  server.on('request', (request, response) => {
    request.on('error', () => response.destroy())
    response.on('error', () => request.destroy())
    serve(request, response, opts.cors, modules).catch(() => response.destroy())
  })
  return server
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  cors: CorsOptions,
  { dispatcher, health }: HttpModules,
): Promise<void> {
  const origin = allowedOrigin(request, cors)
  if (origin !== undefined) {
    response.setHeader('access-control-allow-origin', origin)
    if (origin !== '*') response.setHeader('vary', 'origin')
  }
  if (request.method === 'OPTIONS')
    return void response.writeHead(204, origin ? preflightHeaders(origin) : {}).end()
  if (request.method === 'GET' && request.url?.split('?', 1)[0] === '/health') {
    const { ok, body } = health()
    return sendJson(response, ok ? 200 : 503, JSON.stringify(body))
  }
  if (request.method !== 'POST') {
    return refuse(request, response, 405, 'send JSON-RPC with POST', { allow: 'POST, OPTIONS' })
  }
  if (!isJson(request))
    return refuse(request, response, 415, 'content-type must be application/json, not compressed')
  const body = await readBody(request, dispatcher.limits.bodyBytes)
  if (!body) return refuse(request, response, 413, `body is larger than ${dispatcher.limits.bodyBytes} bytes`)

  const client = { connection: undefined, origin: request.headers.origin }
  const abort = new AbortController()
  response.once('close', () => abort.abort())
  const { text, afterResponse } = await dispatcher.handle(body, client, abort)
  if (text === undefined) response.writeHead(204).end()
  else sendJson(response, 200, text)
  afterResponse()
}

function isJson(request: IncomingMessage): boolean {
  const { 'content-type': type, 'content-encoding': encoding } = request.headers
  const mime = type?.split(';', 1)[0]?.trim().toLowerCase()
  const json =
    mime === 'application/json' || mime === 'application/json-rpc' || mime === 'application/jsonrequest'
  return json && (encoding === undefined || encoding === 'identity')
}

/** The whole body, or undefined as soon as it is known to be larger than `max`. */
async function readBody(request: IncomingMessage, max: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > max) return undefined
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > max) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function sendJson(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}

/** How long the rest of a refused body is read and thrown away: a client that is still sending would miss the answer. */
const lingerMs = 2_000

/** Answers before the body is complete, and closes. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  problem: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close', ...headers })
  response.end(`${problem}\n`)
  request.resume()
  const linger = setTimeout(() => request.destroy(), lingerMs)
  request.once('close', () => clearTimeout(linger))
}
