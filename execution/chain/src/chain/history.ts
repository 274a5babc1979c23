import type { ChainConfig } from '../config/config.js'
import type { AncestorHash } from '../execution/context.js'
import type { BlockStore } from '../store/blockStore.js'
import { RecentMap } from '../store/recentMap.js'
import type { Block } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import type { IncludedLog, IncludedReceipt } from '../types/receipt.js'
import { includeReceipts } from './included.js'
import type { LogFilter, TransactionLookup } from './interface.js'
import { queryLogs } from './logs.js'

const cachedReceipts = 20_000

/** What has happened: reads of the block store in the form that users see. */
export class History {
  readonly #config: ChainConfig
  readonly #store: BlockStore
  readonly #limits: { maxLogs: number; maxRange: bigint }
  /** Clients ask for the receipts of one block one by one. */
  readonly #included = new RecentMap<Hex, IncludedReceipt[]>(
    cachedReceipts,
    (receipts) => 1 + receipts.length,
  )

  constructor(
    opts: { maxLogs: number; maxRange: bigint },
    modules: { config: ChainConfig; store: BlockStore },
  ) {
    this.#limits = opts
    this.#config = modules.config
    this.#store = modules.store
  }

  blockByHash(hash: Hex): Block | undefined {
    return this.#store.block(hash)
  }

  blockByNumber(number: bigint): Block | undefined {
    const hash = number < 0n ? undefined : this.#store.canonicalHash(number)
    return hash && this.#store.block(hash)
  }

  receipts(blockHash: Hex): IncludedReceipt[] | undefined {
    return this.#included.getOr(blockHash, () => {
      const block = this.#store.block(blockHash)
      const receipts = this.#store.receipts(blockHash)
      return block && receipts && includeReceipts(this.#config, block, receipts)
    })
  }

  receipt(transactionHash: Hex): IncludedReceipt | undefined {
    const place = this.#store.transactionPlace(transactionHash)
    return place && this.receipts(place.blockHash)?.[place.index]
  }

  transaction(hash: Hex): TransactionLookup | undefined {
    const place = this.#store.transactionPlace(hash)
    const block = place && this.#store.block(place.blockHash)
    if (!place || !block) return undefined
    return { transaction: block.transactions[place.index]!, block, index: place.index }
  }

  logs(filter: LogFilter): IncludedLog[] {
    return queryLogs(this.#store, filter, this.#limits)
  }

  /** Finds ancestors of a block (itself included), on whichever branch it is. */
  ancestorHash(of: Block): AncestorHash {
    const canonical = this.#store.canonicalHash(of.header.number) === of.hash
    if (canonical)
      return (number) => (number <= of.header.number ? this.#store.canonicalHash(number) : undefined)
    return (number) => {
      let block: Block | undefined = of
      while (block && block.header.number > number) block = this.#store.block(block.header.parentHash)
      return block?.header.number === number ? block.hash : undefined
    }
  }
}
