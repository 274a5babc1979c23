import type { ExecutionResult, Log } from '../../interface.js'
import type { FrameEnd, FrameStart, Step, StepEnd, Tracer, TransactionStart } from '../tracer.js'

/** Several tracers over one execution; the result has one member each. */
export class MuxTracer implements Tracer {
  readonly opcodes: ReadonlySet<number>
  readonly #tracers: ReadonlyMap<string, Tracer>
  #opcode = 0

  constructor(tracers: ReadonlyMap<string, Tracer>) {
    this.#tracers = tracers
    this.opcodes = new Set([...tracers.values()].flatMap((tracer) => [...(tracer.opcodes ?? [])]))
  }

  onTransactionStart(start: TransactionStart): void {
    for (const tracer of this.#tracers.values()) tracer.onTransactionStart?.(start)
  }

  onStep(step: Step): void {
    this.#opcode = step.opcode
    for (const tracer of this.#tracers.values()) if (tracer.opcodes?.has(this.#opcode)) tracer.onStep?.(step)
  }

  onStepEnd(end: StepEnd): void {
    for (const tracer of this.#tracers.values())
      if (tracer.opcodes?.has(this.#opcode)) tracer.onStepEnd?.(end)
  }

  onEnter(start: FrameStart): void {
    for (const tracer of this.#tracers.values()) tracer.onEnter?.(start)
  }

  onExit(end: FrameEnd): void {
    for (const tracer of this.#tracers.values()) tracer.onExit?.(end)
  }

  onLog(log: Log): void {
    for (const tracer of this.#tracers.values()) tracer.onLog?.(log)
  }

  onTransactionEnd(result: ExecutionResult): void {
    for (const tracer of this.#tracers.values()) tracer.onTransactionEnd?.(result)
  }

  result(): Record<string, unknown> {
    return Object.fromEntries([...this.#tracers].map(([name, tracer]) => [name, tracer.result()]))
  }
}
