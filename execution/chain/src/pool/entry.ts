import { min } from '../bigints.js'
import { encodeTransaction } from '../codec/transaction/encode.js'
import { gasPerBlob } from '../fees/blobFee.js'
import type { Hex } from '../types/hex.js'
import type { SignedTransaction } from '../types/transaction.js'

/** A transaction in the pool, with what the pool needs to know again and again. */
export type PoolEntry = {
  transaction: SignedTransaction
  /** bytes of its encoding */
  size: number
  /** wei that the sender may lose at most: value, gas and blob gas at the highest price */
  cost: bigint
  /** wei per gas */
  maxFee: bigint
  /** wei per gas */
  maxTip: bigint
  /** Order of acceptance; breaks ties. */
  arrival: number
  /** Signers of a type-4 transaction's authorizations: their accounts may change under their own transactions. */
  authorities: Hex[]
}

export function createEntry(transaction: SignedTransaction, arrival: number, authorities: Hex[]): PoolEntry {
  const dynamic = transaction.type !== 0 && transaction.type !== 1
  const blobCost =
    transaction.type === 3
      ? gasPerBlob * BigInt(transaction.blobVersionedHashes.length) * transaction.maxFeePerBlobGas
      : 0n
  const maxFee = dynamic ? transaction.maxFeePerGas : transaction.gasPrice
  return {
    transaction,
    size: encodeTransaction(transaction).length,
    cost: transaction.value + transaction.gas * maxFee + blobCost,
    maxFee,
    maxTip: dynamic ? transaction.maxPriorityFeePerGas : transaction.gasPrice,
    arrival,
    authorities,
  }
}

/** wei per gas for the block's producer at this base fee; negative when the transaction cannot pay the base fee. */
export function effectiveTip(entry: PoolEntry, baseFee: bigint): bigint {
  return min(entry.maxTip, entry.maxFee - baseFee)
}

/** Do both fees rise by at least `bump` percent? */
export function outbids(next: PoolEntry, previous: PoolEntry, bump: bigint): boolean {
  const rises = (after: bigint, before: bigint) => after * 100n >= before * (100n + bump) && after > before
  return rises(next.maxFee, previous.maxFee) && rises(next.maxTip, previous.maxTip)
}
