import type { Hex } from '../types/hex.js'
import type { SignedTransaction } from '../types/transaction.js'
import { effectiveTip, type PoolEntry } from './entry.js'
import { PriorityQueue } from './priorityQueue.js'
import type { SenderQueue } from './senderQueue.js'

type Candidate = { entry: PoolEntry; tip: bigint; sender: SenderQueue }

/**
 * Executable transactions, best tip first, each sender's in nonce order. A snapshot of order, not of the pool: iterate it
 * without adding in between.
 */
export class Selection {
  readonly #queue = new PriorityQueue<Candidate>(isBetter)
  readonly #baseFee: bigint
  readonly #skipped = new Set<Hex>()

  constructor(senders: Iterable<SenderQueue>, baseFee: bigint) {
    this.#baseFee = baseFee
    for (const sender of senders) this.#offer(sender, sender.nonce)
  }

  next(): SignedTransaction | undefined {
    for (let best = this.#queue.pop(); best; best = this.#queue.pop()) {
      if (this.#skipped.has(best.sender.address)) continue
      this.#offer(best.sender, best.entry.transaction.nonce + 1n)
      return best.entry.transaction
    }
    return undefined
  }

  /** None of this sender's later transactions can execute. */
  skipSender(address: Hex): void {
    this.#skipped.add(address)
  }

  #offer(sender: SenderQueue, nonce: bigint): void {
    const entry = sender.at(nonce)
    if (!entry) return
    const tip = effectiveTip(entry, this.#baseFee)
    if (tip >= 0n) this.#queue.push({ entry, tip, sender })
  }
}

function isBetter(a: Candidate, b: Candidate): boolean {
  return a.tip === b.tip ? a.entry.arrival < b.entry.arrival : a.tip > b.tip
}
