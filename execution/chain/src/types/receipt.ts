import type { Hex } from './hex.js'
import type { TransactionType } from './transaction.js'

export type Log = { address: Hex; topics: Hex[]; data: Hex }

/** A log with its place in the chain. */
export type IncludedLog = Log & {
  blockHash: Hex
  blockNumber: bigint
  /** seconds */
  blockTimestamp: bigint
  transactionHash: Hex
  transactionIndex: number
  /** within the block */
  logIndex: number
  /** true when a reorganisation took the block away */
  removed: boolean
}

/** What the receipts root commits to. */
export type Receipt = {
  type: TransactionType
  /** From Byzantium on. */
  status?: 0 | 1
  /** State root after the transaction; before Byzantium. */
  root?: Hex
  cumulativeGasUsed: bigint
  /** 256 bytes */
  logsBloom: Hex
  logs: Log[]
}

/** A receipt with its place in the chain and what follows from it. */
export type IncludedReceipt = Omit<Receipt, 'logs'> & {
  logs: IncludedLog[]
  blockHash: Hex
  blockNumber: bigint
  transactionHash: Hex
  transactionIndex: number
  from: Hex
  to: Hex | undefined
  contractAddress: Hex | undefined
  gasUsed: bigint
  /** wei per gas; 0n for deposits */
  effectiveGasPrice: bigint
  /** type 3 */
  blobGasUsed?: bigint
  /** wei per blob gas, type 3 */
  blobGasPrice?: bigint
}
