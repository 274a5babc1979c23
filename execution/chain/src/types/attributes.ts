import type { Withdrawal } from './block.js'
import type { Hex } from './hex.js'
import type { Transaction } from './transaction.js'

/** Everything outside of parent, pool and state that decides a new block. */
export type PayloadAttributes = {
  /** seconds; at least the parent's on an L2, above it on Ethereum */
  timestamp: bigint
  /** 32 bytes */
  prevRandao: Hex
  /** The block's coinbase; `config.feeRecipients.coinbase` when absent. */
  feeRecipient?: Hex
  /** The config's when absent. */
  gasLimit?: bigint
  /** Forced first, in this order, valid or not (an execution that fails still counts). */
  deposits?: Transaction[]
  /** After the deposits and before the pool; must be valid. Derivation uses this with `noTxPool`. */
  transactions?: Transaction[]
  /** Leave out the pool: the block is then a pure function of parent and attributes. */
  noTxPool?: boolean
  /** at most 32 bytes */
  extraData?: Hex
  withdrawals?: Withdrawal[]
  /** Zeros when absent. */
  parentBeaconBlockRoot?: Hex
  /** Opaque to the chain; stored beside the block and given back by `chain.l1Origin(hash)`. */
  l1Origin?: Hex
}
