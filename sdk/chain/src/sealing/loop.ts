import type { Block, Chain } from '@metis-stack/chain'
import type { Ordering } from '../ordering/interface.js'

export type SealingOptions = {
  blockTimeMs: number
  /** Told about each slot in which no block was sealed; the loop goes on with the next slot. */
  onError?: (error: unknown) => void
}

/**
 * Seals one block per slot. Slots lie on a fixed grid of a monotonic clock, so a slow block delays none of the later
 * ones: a block that is late is built at once, slots that have passed completely are counted as missed and not
 * made up for. Blocks are built from what is ready, empty ones included, and one at a time: the next begins when the
 * last is durable.
 */
export class SealingLoop implements AsyncDisposable {
  readonly #options: SealingOptions
  readonly #modules: { chain: Chain; ordering: Ordering }
  #stop = new AbortController()
  #running: Promise<void> | undefined
  #lastError: unknown
  readonly counters = { sealed: 0, failed: 0, missedSlots: 0, busyMs: 0 }

  constructor(options: SealingOptions, modules: { chain: Chain; ordering: Ordering }) {
    this.#options = options
    this.#modules = modules
  }

  /** Why the last slot stayed empty, `undefined` when it did not. */
  get lastError(): unknown {
    return this.#lastError
  }

  start(): void {
    if (this.#running) return
    this.#stop = new AbortController()
    this.#running = this.#run(this.#stop.signal)
  }

  /** Idempotent; waits until the block being built is durable. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    this.#running = undefined
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Seals one block now. */
  async seal(): Promise<Block> {
    const { chain, ordering } = this.#modules
    const payload = ordering.propose(chain.head)
    const verdict = ordering.validate(payload)
    if (!verdict.accept) throw new Error(`our own proposal was refused: ${verdict.reason}`)
    return ordering.decided(payload)
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { blockTimeMs } = this.#options
    const start = performance.now()
    const slotNow = (): number => Math.floor((performance.now() - start) / blockTimeMs)
    for (let slot = 1; ; ) {
      await pause(start + slot * blockTimeMs - performance.now(), signal)
      if (signal.aborted) return
      const began = performance.now()
      try {
        await this.seal()
        this.counters.sealed++
        this.#lastError = undefined
      } catch (error) {
        this.counters.failed++
        this.#lastError = error
        this.#options.onError?.(error)
      }
      this.counters.busyMs += performance.now() - began
      const next = Math.max(slot + 1, slotNow())
      this.counters.missedSlots += next - slot - 1
      slot = next
    }
  }
}

/** Also when nothing is to wait for, timers and I/O get a turn. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    if (ms <= 0) {
      setImmediate(resolve)
      return
    }
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
