import { CodedError } from '@metis-stack/kernel'

export type TraceLimits = {
  /** Milliseconds that one transaction may take. */
  milliseconds: number
  /** Opcodes executed, traced or not. */
  steps: number
  /** Bytes of what tracers keep, roughly as JSON. */
  bytes: number
}

export type TraceLimit = 'time' | 'steps' | 'bytes'

const messages: Record<TraceLimit, string> = {
  time: 'execution timeout',
  steps: 'the trace has too many steps',
  bytes: 'the trace is too large',
}

/** A trace was given up; execution stopped in the middle. */
export class TraceLimitError extends CodedError<TraceLimit> {
  override readonly name = 'TraceLimitError'

  constructor(limit: TraceLimit) {
    super(limit, messages[limit])
  }
}

/** What a request for traces may still use. */
export class TraceBudget {
  readonly #milliseconds: number
  #deadline: number
  #steps: number
  #bytes: number

  constructor(limits: TraceLimits) {
    this.#milliseconds = limits.milliseconds
    this.#deadline = performance.now() + limits.milliseconds
    this.#steps = limits.steps
    this.#bytes = limits.bytes
  }

  /** The next transaction has its time anew. */
  beginTransaction(): void {
    this.#deadline = performance.now() + this.#milliseconds
  }

  /** @throws {TraceLimitError} */
  countSteps(steps: number): void {
    this.#steps -= steps
    if (this.#steps < 0) throw new TraceLimitError('steps')
    if (performance.now() > this.#deadline) throw new TraceLimitError('time')
  }

  /** @throws {TraceLimitError} */
  spend(bytes: number): void {
    this.#bytes -= bytes
    if (this.#bytes < 0) throw new TraceLimitError('bytes')
  }
}
