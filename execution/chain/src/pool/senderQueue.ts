import type { Hex } from '../types/hex.js'
import type { PoolEntry } from './entry.js'

/** One sender's transactions by nonce, and where its account stands at the head. */
export class SenderQueue {
  readonly address: Hex
  /** The account's at the head. */
  nonce: bigint
  /** wei, the account's at the head */
  balance: bigint
  readonly #byNonce = new Map<bigint, PoolEntry>()
  #cost = 0n

  constructor(address: Hex, account: { nonce: bigint; balance: bigint }) {
    this.address = address
    this.nonce = account.nonce
    this.balance = account.balance
  }

  get size(): number {
    return this.#byNonce.size
  }

  /** wei that all transactions together may cost */
  get cost(): bigint {
    return this.#cost
  }

  at(nonce: bigint): PoolEntry | undefined {
    return this.#byNonce.get(nonce)
  }

  /** Ascending by nonce. */
  entries(): PoolEntry[] {
    return [...this.#byNonce.values()].sort((a, b) => compare(a.transaction.nonce, b.transaction.nonce))
  }

  /** The highest nonce's. */
  tail(): PoolEntry | undefined {
    let tail: PoolEntry | undefined
    for (const entry of this.#byNonce.values())
      if (!tail || entry.transaction.nonce > tail.transaction.nonce) tail = entry
    return tail
  }

  /** Transactions that can execute one after the other now. */
  executable(): PoolEntry[] {
    const run: PoolEntry[] = []
    for (let entry = this.at(this.nonce); entry; entry = this.at(entry.transaction.nonce + 1n))
      run.push(entry)
    return run
  }

  /** First nonce that has no executable transaction. */
  get nextNonce(): bigint {
    let nonce = this.nonce
    while (this.#byNonce.has(nonce)) nonce++
    return nonce
  }

  set(entry: PoolEntry): void {
    this.delete(entry.transaction.nonce)
    this.#byNonce.set(entry.transaction.nonce, entry)
    this.#cost += entry.cost
  }

  delete(nonce: bigint): PoolEntry | undefined {
    const entry = this.#byNonce.get(nonce)
    if (!entry) return undefined
    this.#byNonce.delete(nonce)
    this.#cost -= entry.cost
    return entry
  }

  /** Takes the account's new standing and gives back what can no longer execute: used nonces, and what is too dear. */
  settle(account: { nonce: bigint; balance: bigint }): PoolEntry[] {
    this.nonce = account.nonce
    this.balance = account.balance
    const dropped: PoolEntry[] = []
    let spent = 0n
    for (const entry of this.entries()) {
      const used = entry.transaction.nonce < account.nonce
      if (!used && spent + entry.cost <= account.balance) spent += entry.cost
      else dropped.push(entry)
    }
    for (const entry of dropped) this.delete(entry.transaction.nonce)
    return dropped
  }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
