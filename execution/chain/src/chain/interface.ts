import type { State } from '@metis-stack/metisdb'
import type { Evm } from '@metis-stack/metisvm'
import type { ChainConfig } from '../config/config.js'
import type { PoolOptions } from '../pool/options.js'
import type { Block } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import type { IncludedLog, IncludedReceipt } from '../types/receipt.js'
import type { Transaction } from '../types/transaction.js'

export type ChainOptions = {
  /** Folder of the block store; in memory when absent. */
  path?: string
  pool?: Partial<PoolOptions>
  /** Most logs one query may return; 10,000 when absent. */
  maxLogs?: number
  /** Most blocks one log query may span; 100,000 when absent. */
  maxLogRange?: bigint
  /** Upper bound of gas for calls and estimates; 50,000,000 when absent. */
  callGasCap?: bigint
  /** Told of each block that is executed again because its state was pruned or lost. */
  onReplay?: (progress: { block: bigint; to: bigint }) => void
}

export type ChainModules = {
  config: ChainConfig
  evm: Evm
  state: State
  genesis: Genesis
}

/** A genesis block with the state it commits to, both ready to be stored. */
export type Genesis = {
  block: Block
  /** Makes the genesis state durable in `state`; idempotent. */
  commit(state: State): Promise<void>
}

export type BlockTag = 'latest' | 'pending' | 'earliest' | 'safe' | 'finalized'

/** `removed` is oldest first, empty but after a reorganisation; `added` is oldest first and ends with the new head. */
export type HeadEvent = { head: Block; added: Block[]; removed: Block[] }

export type ChainEvents = {
  head: HeadEvent
  /** Of the blocks added (`removed: false`) and taken away (`removed: true`) by one change of head. */
  logs: IncludedLog[]
  /** Transactions that the pool accepted. */
  pending: Transaction
  safe: Block
  finalized: Block
}

export type LogFilter = {
  fromBlock: bigint
  toBlock: bigint
  /** Any of these; all when absent. */
  addresses?: Hex[]
  /** By position: one topic, any of several, or `null` for any. */
  topics?: (Hex | Hex[] | null)[]
}

export type TransactionLookup = { transaction: Transaction; block: Block; index: number }

export type BuildOptions = {
  /** The head when absent. */
  parentHash?: Hex
  /** After this many milliseconds nothing more is taken from the pool. */
  timeBudgetMs?: number
}

export type ImportOptions = {
  /** Kept beside the block, see `Chain.l1Origin`. */
  l1Origin?: Hex
  /** Make it the head, or do not, whatever the fork choice says. */
  setHead?: boolean
}

/** Result of `buildBlock`: executed, not yet stored. */
export type BuiltBlock = {
  block: Block
  receipts: IncludedReceipt[]
  /** wei of tips that went to the coinbase */
  tips: bigint
  /** Pool transactions that were tried and left out, with the reason. */
  skipped: { hash: Hex; code: string }[]
}
