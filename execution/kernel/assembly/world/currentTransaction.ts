/** Number of the running transaction, from 1; marks what is warm, touched, created. */
let transaction: u32 = 1

// @ts-ignore: decorator
@inline
export function currentTransaction(): u32 {
  return transaction
}

/** Before the first transaction of a session. */
export function resetTransactions(): void {
  transaction = 1
}

/** What was marked is marked no longer. */
export function nextTransaction(): void {
  transaction++
}
