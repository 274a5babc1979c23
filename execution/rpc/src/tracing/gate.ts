import { limitExceeded } from '../errors.js'

/** Lets one piece of work run at a time; a bounded number waits. */
export class Gate {
  readonly #maxWaiting: number
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting
  }

  /**
   * Runs `work` after all that came before it; not at all when `signal` is aborted meanwhile.
   *
   * @throws {RpcError} -32005 when too much is waiting
   */
  async run<T>(signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
    if (this.#waiting > this.#maxWaiting) throw limitExceeded('too many traces at once')
    this.#waiting++
    const before = this.#last
    const mine = before.then(() => {
      signal.throwIfAborted()
      return work()
    })
    this.#last = mine.then(
      () => undefined,
      () => undefined,
    )
    try {
      return await mine
    } finally {
      this.#waiting--
    }
  }
}
