import { concat, keccak256, orderedTrieRoot, type RlpItem, rlp } from '@metis-stack/kernel'
import type { ExecutionResult, Log } from '@metis-stack/metisvm'
import { bytesOf } from '../../hex.js'

const bloomSize = 256

/** Bloom filter of logs: three bits of each address and topic (Yellow Paper, 4.3.1). */
function bloomOf(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(bloomSize)
  for (const value of logs.flatMap((log) => [log.address, ...log.topics])) {
    const hash = keccak256(value)
    for (const i of [0, 2, 4]) {
      const bit = ((hash[i]! << 8) | hash[i + 1]!) & 0x7ff
      bloom[bloomSize - 1 - (bit >> 3)]! |= 1 << (bit & 7)
    }
  }
  return bloom
}

export type Receipts = { gasUsed: bigint; logsBloom: Uint8Array; root: Uint8Array }

/** What a header commits to of its transactions' outcomes, from Byzantium on. */
export function receiptsOf(outcomes: { type: number; result: ExecutionResult }[]): Receipts {
  let gasUsed = 0n
  const encoded = outcomes.map(({ type, result }) => {
    gasUsed += result.gasUsed
    const fields: RlpItem = [
      result.status === 'success' ? new Uint8Array([1]) : new Uint8Array(0),
      bytesOf(gasUsed.toString(16)),
      bloomOf(result.logs),
      result.logs.map((log) => [log.address, log.topics, log.data]),
    ]
    return type === 0 ? rlp.encode(fields) : concat(new Uint8Array([type]), rlp.encode(fields))
  })
  return {
    gasUsed,
    logsBloom: bloomOf(outcomes.flatMap(({ result }) => result.logs)),
    root: orderedTrieRoot(encoded),
  }
}
