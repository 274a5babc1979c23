import { bytesToHex, hexToBytes, keccak256 } from '@metis-stack/kernel'
import type { Hex } from '../types/hex.js'
import type { Log } from '../types/receipt.js'

const bloomBytes = 256

/** 2048-bit bloom filter of addresses and topics (yellow paper, 4.3.1). */
export function logsBloom(logs: Log[]): Hex {
  if (logs.length === 0) return emptyBloom
  const bloom = new Uint8Array(bloomBytes)
  for (const log of logs) {
    add(bloom, log.address)
    for (const topic of log.topics) add(bloom, topic)
  }
  return bytesToHex(bloom)
}

export const emptyBloom: Hex = `0x${'00'.repeat(bloomBytes)}`

/** False: certainly not in the filter. */
export function bloomMayContain(bloom: Uint8Array, value: Hex): boolean {
  return bits(value).every((bit) => (bloom[bloomBytes - 1 - (bit >> 3)]! & (1 << (bit & 7))) !== 0)
}

function add(bloom: Uint8Array, value: Hex): void {
  for (const bit of bits(value)) bloom[bloomBytes - 1 - (bit >> 3)]! |= 1 << (bit & 7)
}

function bits(value: Hex): number[] {
  const hash = keccak256(hexToBytes(value))
  return [0, 2, 4].map((at) => ((hash[at]! << 8) | hash[at + 1]!) & 0x7ff)
}
