import { createHash } from 'node:crypto'
import type { Hex } from '../types/hex.js'

/** SHA-256 over the SHA-256 of each request (EIP-7685). */
export function requestsHash(requests: Uint8Array[]): Hex {
  const outer = createHash('sha256')
  for (const request of requests) outer.update(createHash('sha256').update(request).digest())
  return `0x${outer.digest('hex')}`
}
