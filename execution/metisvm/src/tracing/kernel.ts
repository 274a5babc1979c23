import { Kernel } from '../kernel/kernel.js'
import type { TraceBudget } from './budget.js'
import { TraceHooks } from './hooks.js'
import type { Tracer } from './tracer.js'

type TraceExports = { wantedOpcodes(): number; stepRecord(): number; resetTrace(): void }

/** An instance of the kernel's trace build. */
export class TracedKernel extends Kernel {
  readonly hooks: TraceHooks

  constructor() {
    const hooks = new TraceHooks()
    super('fast/evm-trace', hooks.imports())
    hooks.attach(this, this.#exports.stepRecord())
    this.hooks = hooks
  }

  get #exports(): TraceExports {
    return this.exports as unknown as TraceExports
  }

  /** Whom to tell of the transactions that follow. */
  watch(tracer: Tracer | undefined, budget: TraceBudget | undefined): void {
    const exports = this.#exports
    exports.resetTrace()
    const wanted = exports.wantedOpcodes()
    this.bytes.fill(0, wanted, wanted + 256)
    for (const opcode of tracer?.opcodes ?? []) this.bytes[wanted + opcode] = 1
    this.hooks.tracer = tracer
    this.hooks.budget = budget
    this.hooks.begin()
  }

  override release(): void {
    super.release()
    this.watch(undefined, undefined)
  }
}
