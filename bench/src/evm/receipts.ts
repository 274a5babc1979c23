import { concat, hexToBytes, keccak256, orderedTrieRoot, type RlpItem, rlp } from '@metis-stack/kernel'
import type { TransactionOutcome } from './block.js'

const bloomSize = 256

/** Bloom filter of logs: three bits of each address and topic (Yellow Paper, 4.3.1). */
export function bloomOf(logs: readonly TransactionOutcome['logs'][number][]): Uint8Array {
  const bloom = new Uint8Array(bloomSize)
  for (const value of logs.flatMap((log) => [log.address, ...log.topics])) {
    const hash = keccak256(hexToBytes(value as `0x${string}`))
    for (const i of [0, 2, 4]) {
      const bit = ((hash[i]! << 8) | hash[i + 1]!) & 0x7ff
      bloom[bloomSize - 1 - (bit >> 3)]! |= 1 << (bit & 7)
    }
  }
  return bloom
}

/** Root of the trie of receipts as they are from Byzantium on. */
export function receiptsRoot(outcomes: readonly (TransactionOutcome & { type: number })[]): Uint8Array {
  let sum = 0n
  const encoded = outcomes.map(({ type, status, gasUsed, logs }) => {
    sum += gasUsed
    const fields: RlpItem = [
      status === 'success' ? new Uint8Array([1]) : new Uint8Array(0),
      Uint8Array.from(Buffer.from(evenHex(sum), 'hex')),
      bloomOf(logs),
      logs.map(({ address, topics, data }) => [bytes(address), topics.map(bytes), bytes(data)]),
    ]
    return type === 0 ? rlp.encode(fields) : concat(new Uint8Array([type]), rlp.encode(fields))
  })
  return orderedTrieRoot(encoded)
}

const bytes = (hex: string): Uint8Array => hexToBytes(hex as `0x${string}`)

function evenHex(value: bigint): string {
  const digits = value.toString(16)
  return digits.length % 2 === 0 ? digits : `0${digits}`
}
