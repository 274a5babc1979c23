import type { Account, View } from '@metis-stack/metisdb'
import type { ChainConfig } from '../config/config.js'
import type { PayloadAttributes } from '../types/attributes.js'
import type { Block } from '../types/block.js'
import type { CallOptions, CallRequest, CallResult } from '../types/call.js'
import type { Hex } from '../types/hex.js'
import type { IncludedLog, IncludedReceipt } from '../types/receipt.js'
import type { AccessList, Transaction } from '../types/transaction.js'
import type { BlockTag, BuiltBlock, ChainEvents, LogFilter, TransactionLookup } from './interface.js'

export interface Pool {
  add(transaction: Transaction): void
  get(hash: Hex): Transaction | undefined
  has(hash: Hex): boolean
  remove(hash: Hex): boolean
  /** The sender's next nonce after its executable pool transactions. */
  pendingNonce(address: Hex): bigint
  content(): { pending: Transaction[]; queued: Transaction[] }
  status(): { pending: number; queued: number; bytes: number }
}

export interface Events {
  on<K extends keyof ChainEvents>(event: K, listener: (value: ChainEvents[K]) => void): () => void
}

export interface Chain {
  readonly config: ChainConfig
  readonly genesis: Block
  readonly head: Block
  readonly safe: Block
  readonly finalized: Block
  readonly pool: Pool
  readonly events: Events
  blockByNumber(number: bigint): Block | undefined
  blockByHash(hash: Hex): Block | undefined
  blockByTag(tag: BlockTag): Block
  receipts(blockHash: Hex): IncludedReceipt[] | undefined
  receipt(transactionHash: Hex): IncludedReceipt | undefined
  transaction(hash: Hex): TransactionLookup | undefined
  logs(filter: LogFilter): IncludedLog[]
  viewAt(blockHash: Hex): View
  account(address: Hex, blockHash?: Hex): Account | undefined
  nextBaseFee(block?: Block): bigint
  l1Origin(blockHash: Hex): Hex | undefined
  call(request: CallRequest, options?: CallOptions): CallResult
  estimateGas(request: CallRequest, options?: CallOptions): bigint
  createAccessList(
    request: CallRequest,
    options?: CallOptions,
  ): { accessList: AccessList; gasUsed: bigint; error?: string }
  buildBlock(attributes: PayloadAttributes, parentHash?: Hex): BuiltBlock
  produce(attributes: PayloadAttributes): Promise<Block>
  importBlock(block: Block | Uint8Array, options?: { l1Origin?: Hex; setHead?: boolean }): Promise<Block>
  setHead(hash: Hex): Promise<void>
  setSafe(hash: Hex): Promise<void>
  setFinalized(hash: Hex): Promise<void>
  close(): Promise<void>
}
