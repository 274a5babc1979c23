import type { Chain, IncludedReceipt } from '@metis-stack/chain'

/** Wakes requests when their transaction is in a durable block. */
export class ReceiptWaiter {
  readonly #waiting = new Map<string, Set<() => void>>()
  readonly #stop: () => void

  constructor(readonly chain: Chain) {
    this.#stop = chain.events.on('head', ({ added }) => {
      if (this.#waiting.size === 0) return
      for (const block of added) {
        for (const { hash } of block.transactions) for (const wake of this.#waiting.get(hash) ?? []) wake()
      }
    })
  }

  /** The receipt, or undefined when `milliseconds` passed, or `signal` aborted, without one. */
  wait(hash: `0x${string}`, milliseconds: number, signal: AbortSignal): Promise<IncludedReceipt | undefined> {
    const included = this.chain.receipt(hash)
    if (included || signal.aborted) return Promise.resolve(included)
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', finish)
        const others = this.#waiting.get(hash)
        others?.delete(finish)
        if (others?.size === 0) this.#waiting.delete(hash)
        resolve(this.chain.receipt(hash))
      }
      const timer = setTimeout(finish, milliseconds)
      signal.addEventListener('abort', finish, { once: true })
      const waiting = this.#waiting.get(hash) ?? new Set()
      this.#waiting.set(hash, waiting.add(finish))
    })
  }

  dispose(): void {
    this.#stop()
    for (const waiting of this.#waiting.values()) for (const wake of waiting) wake()
  }
}
