import { randomBytes } from 'node:crypto'
import type { Chain, IncludedLog } from '@metis-stack/chain'
import { limitExceeded, serverError } from '../errors.js'
import { matchesLog } from '../logs.js'
import type { RpcLimits } from '../options.js'
import type { LogCriteria } from '../params/filter.js'
import type { Hex } from '../params/hex.js'

type FilterKind = { kind: 'block' } | { kind: 'pending' } | { kind: 'logs'; criteria: LogCriteria }
type Filter = FilterKind & { usedAt: number; hashes: Hex[]; logs: IncludedLog[] }

/** What came since the last poll. */
export type FilterChanges = { hashes: Hex[] } | { logs: IncludedLog[] }

/**
 * Filters of clients that poll. They collect from chain events and are bounded three ways: in number, in collected
 * items, and in time without a poll. Ids are random: one client cannot read or remove another's filter by guessing.
 */
export class FilterStore {
  readonly #filters = new Map<string, Filter>()
  readonly #stops: (() => void)[]
  readonly #sweep: NodeJS.Timeout

  constructor(
    chain: Chain,
    readonly limits: RpcLimits,
    readonly now: () => number = Date.now,
  ) {
    this.#stops = [
      chain.events.on('head', ({ added }) => {
        const hashes = added.map((block) => block.hash)
        this.#collect('block', (filter) => filter.hashes.push(...hashes))
      }),
      chain.events.on('pending', ({ hash }) =>
        this.#collect('pending', (filter) => filter.hashes.push(hash)),
      ),
      chain.events.on('logs', (logs) => {
        this.#collect('logs', (filter) => {
          if (filter.kind !== 'logs') return
          for (const log of logs) if (isLive(filter.criteria, log)) filter.logs.push(log)
        })
      }),
    ]
    this.#sweep = setInterval(() => this.sweep(), Math.max(1, limits.filterSeconds / 4) * 1000)
    this.#sweep.unref()
  }

  /** @throws {RpcError} -32005 when there are too many */
  add(filter: FilterKind): Hex {
    this.sweep()
    if (this.#filters.size >= this.limits.filters) throw limitExceeded('too many filters')
    const id: Hex = `0x${randomBytes(16).toString('hex')}`
    this.#filters.set(id, { ...filter, usedAt: this.now(), hashes: [], logs: [] })
    return id
  }

  /** What came since the last call, oldest first. @throws {RpcError} -32000 `filter not found` */
  take(id: string): FilterChanges {
    const filter = this.#use(id)
    if (filter.kind === 'logs') return { logs: filter.logs.splice(0) }
    return { hashes: filter.hashes.splice(0) }
  }

  /** @throws {RpcError} -32000 `filter not found` when there is no such log filter */
  criteria(id: string): LogCriteria {
    const filter = this.#use(id)
    if (filter.kind !== 'logs') throw serverError('filter not found')
    return filter.criteria
  }

  remove(id: string): boolean {
    return this.#filters.delete(id)
  }

  /** Forgets filters that nobody polled in time. */
  sweep(): void {
    const oldest = this.now() - this.limits.filterSeconds * 1000
    for (const [id, { usedAt }] of this.#filters) if (usedAt < oldest) this.#filters.delete(id)
  }

  dispose(): void {
    clearInterval(this.#sweep)
    for (const stop of this.#stops) stop()
    this.#filters.clear()
  }

  #use(id: string): Filter {
    this.sweep()
    const filter = this.#filters.get(id)
    if (!filter) throw serverError('filter not found')
    filter.usedAt = this.now()
    return filter
  }

  #collect(kind: Filter['kind'], add: (filter: Filter) => void): void {
    for (const [id, filter] of this.#filters) {
      if (filter.kind !== kind) continue
      add(filter)
      if (filter.hashes.length + filter.logs.length > this.limits.filterItems) this.#filters.delete(id)
    }
  }
}

/** Does a new log belong to a filter? Tags other than numbers do not narrow what comes later. */
export function isLive(criteria: LogCriteria, log: IncludedLog): boolean {
  const { fromBlock, toBlock } = criteria
  if (typeof fromBlock === 'bigint' && log.blockNumber < fromBlock) return false
  if (typeof toBlock === 'bigint' && log.blockNumber > toBlock) return false
  return matchesLog(criteria, log)
}
