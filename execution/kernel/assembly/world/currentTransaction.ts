import { RUNNING_TRANSACTION } from './layout'

/** Number of the running transaction, from 1; marks what is warm, touched, created. Kept in memory too, for compiled code. */
let transaction: u32 = 1

// @ts-ignore: decorator
@inline
export function currentTransaction(): u32 {
  return transaction
}

/** Before the first transaction of a session. */
export function resetTransactions(): void {
  transaction = 1
  publish()
}

/** What was marked is marked no longer. */
export function nextTransaction(): void {
  transaction++
  publish()
}

/** The proof build has no compiled code. */
// @ts-ignore: decorator
@inline
function publish(): void {
  if (ASC_FEATURE_SIMD) store<u32>(RUNNING_TRANSACTION, transaction)
}
