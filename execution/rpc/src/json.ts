import { isUtf8 } from 'node:buffer'
import { RpcError, rpcErrorCode } from './errors.js'

const quote = 0x22
const backslash = 0x5c

/**
 * Parses untrusted JSON. Depth is measured on the bytes before anything is built.
 * @throws {RpcError} -32700
 */
export function parseJson(bytes: Buffer, maxDepth: number): unknown {
  if (!isUtf8(bytes)) throw new RpcError(rpcErrorCode.parse, 'parse error: not UTF-8')
  if (depthOf(bytes, maxDepth) > maxDepth) {
    throw new RpcError(rpcErrorCode.parse, `parse error: nested deeper than ${maxDepth}`)
  }
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new RpcError(rpcErrorCode.parse, 'parse error: invalid JSON', undefined, { cause })
  }
}

/** Nesting of brackets outside of strings; stops one above `limit`. */
function depthOf(bytes: Buffer, limit: number): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (inString) {
      if (byte === backslash) i++
      else if (byte === quote) inString = false
    } else if (byte === quote) inString = true
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > deepest) deepest = depth
      if (deepest > limit) return deepest
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return deepest
}
