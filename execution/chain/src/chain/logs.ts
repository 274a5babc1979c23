import { bloomMayContain } from '../codec/bloom.js'
import { ChainError } from '../errors.js'
import type { BlockStore } from '../store/blockStore.js'
import type { Hex } from '../types/hex.js'
import type { IncludedLog, Log } from '../types/receipt.js'
import { includeLogs } from './included.js'
import type { LogFilter } from './interface.js'

/**
 * Logs of the canonical chain that match, oldest first. Blocks whose bloom rules a match out are not opened further.
 *
 * @throws {ChainError} `logRangeTooWide`, `tooManyLogs`
 */
export function queryLogs(
  store: BlockStore,
  filter: LogFilter,
  limits: { maxLogs: number; maxRange: bigint },
): IncludedLog[] {
  const { fromBlock, toBlock } = filter
  if (toBlock - fromBlock >= limits.maxRange)
    throw new ChainError('logRangeTooWide', `The query spans more than ${limits.maxRange} blocks.`)
  const matches = matcher(filter)
  const found: IncludedLog[] = []
  for (let number = fromBlock; number <= toBlock; number++) {
    const place = store.canonical(number)
    if (!place) break
    if (!place.bloom || !bloomMayMatch(place.bloom, filter)) continue
    for (const log of blockLogs(store, place.hash)) {
      if (!matches(log)) continue
      if (found.length >= limits.maxLogs)
        throw new ChainError('tooManyLogs', `The query matches more than ${limits.maxLogs} logs.`)
      found.push(log)
    }
  }
  return found
}

function blockLogs(store: BlockStore, hash: Hex): IncludedLog[] {
  const block = store.block(hash)
  return block ? includeLogs(block, store.receipts(hash) ?? [], false) : []
}

function bloomMayMatch(bloom: Uint8Array, { addresses, topics = [] }: LogFilter): boolean {
  const anyOf = (values: Hex[]) => values.some((value) => bloomMayContain(bloom, value))
  if (addresses && addresses.length > 0 && !anyOf(addresses)) return false
  return topics.every((topic) => isAny(topic) || anyOf(alternatives(topic)))
}

/** Does a log match? Also for subscriptions, where there is no range. */
export function matcher(filter: Pick<LogFilter, 'addresses' | 'topics'>): (log: Log) => boolean {
  const addresses = filter.addresses && filter.addresses.length > 0 ? new Set(filter.addresses) : undefined
  const topics = (filter.topics ?? []).map((topic) =>
    isAny(topic) ? undefined : new Set(alternatives(topic)),
  )
  return (log) =>
    (!addresses || addresses.has(log.address)) &&
    topics.length <= log.topics.length &&
    topics.every((allowed, index) => !allowed || allowed.has(log.topics[index]!))
}

function alternatives(topic: Hex | Hex[]): Hex[] {
  return Array.isArray(topic) ? topic : [topic]
}

/** `null` and, as in the JSON-RPC, an empty list of alternatives mean any topic. */
function isAny(topic: Hex | Hex[] | null): topic is null {
  return topic === null || topic.length === 0
}
