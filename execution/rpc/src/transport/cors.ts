import type { IncomingMessage } from 'node:http'
import type { CorsOptions } from '../options.js'

/** Value of access-control-allow-origin for this request, or undefined when its page may not read the answer. */
export function allowedOrigin(request: IncomingMessage, cors: CorsOptions): string | undefined {
  if (cors === '*') return '*'
  const { origin } = request.headers
  return cors && origin !== undefined && cors.includes(origin) ? origin : undefined
}

/** Browsers send WebSocket requests without a preflight, so the server itself has to refuse foreign pages. */
export function mayOpenWebSocket(request: IncomingMessage, cors: CorsOptions): boolean {
  return request.headers.origin === undefined || allowedOrigin(request, cors) !== undefined
}

export function preflightHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST, GET, OPTIONS',
    'access-control-allow-headers': 'content-type, authorization',
    'access-control-max-age': '600',
    vary: 'origin',
  }
}
