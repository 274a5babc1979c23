import type { Halt, Log } from '../interface.js'
import { halts } from '../kernel/codes.js'
import type { Kernel } from '../kernel/kernel.js'
import { logs, opcodeTable } from '../kernel/layout.js'
import { readWord } from '../kernel/words.js'
import type { TraceBudget } from './budget.js'
import { haltText, refusals } from './failures.js'
import { op } from './opcodes.js'
import { exits, message } from './records.js'
import { KernelStep } from './step.js'
import { priceOf } from './stepPrice.js'
import type { FrameStart, Tracer } from './tracer.js'

const stepsPerTick = 4096

/** Turns what the trace build of the kernel reports into calls of a tracer. */
export class TraceHooks {
  tracer: Tracer | undefined
  budget: TraceBudget | undefined
  readonly #frames: { opcode: number; gas: number }[] = []
  #kernel: Kernel | undefined
  #step: KernelStep | undefined

  /** To be called once, before anything executes. */
  attach(kernel: Kernel, stepRecord: number): void {
    this.#kernel = kernel
    this.#step = new KernelStep(kernel, stepRecord)
  }

  /** Has the transaction opened a frame? One that fails before it begins has none. */
  get entered(): boolean {
    return this.#entered
  }

  #entered = false

  begin(): void {
    this.#entered = false
    this.#frames.length = 0
  }

  imports(): WebAssembly.ModuleImports {
    return {
      traceTick: () => this.budget?.countSteps(stepsPerTick),
      traceStep: () => this.#onStep(),
      traceStepEnd: (halted: number) => this.#onStepEnd(halts[halted]),
      traceEnter: (at: number) => this.#onEnter(at),
      traceExit: (exit: number, reason: number, gasLeft: bigint, output: number, size: number) =>
        this.#onExit(exits[exit]!, halts[reason], Number(gasLeft), output, size),
      traceLog: (record: number) => this.tracer?.onLog?.(this.#readLog(record)),
      traceSelfDestruct: (account: number, beneficiary: number, balance: number) =>
        this.#onSelfDestruct(account, beneficiary, balance),
    }
  }

  #onStep(): void {
    const step = this.#step!
    step.depth = this.#frames.length - 1
    this.tracer?.onStep?.(step)
  }

  #onStepEnd(halt: Halt | undefined): void {
    if (this.tracer?.onStepEnd === undefined) return
    const step = this.#step!
    const { refund } = step
    if (halt === undefined) {
      this.tracer.onStepEnd({ cost: step.gas - step.gasAfter, refund })
      return
    }
    const { cost } = this.#price(halt)
    this.tracer.onStepEnd({ cost, refund, ...(refusals.has(halt) && { error: this.#explain(halt) }) })
  }

  /** What a failed opcode would have cost. */
  #price(halt: Halt): { cost: number; error?: string } {
    const step = this.#step!
    return priceOf(step, halt, this.#kernel!.view.getUint16(opcodeTable + 8 * step.opcode, true))
  }

  #explain(halt: Halt): string {
    const { opcode, stackSize, ended } = this.#step!
    const error = halt === 'outOfGas' && !ended ? this.#price(halt).error : undefined
    if (error !== undefined) return error
    const takes = this.#kernel!.view.getUint16(opcodeTable + 8 * opcode + 2, true) / 32
    return haltText(halt, { opcode, stackSize, takes, ended })
  }

  #onEnter(at: number): void {
    this.#entered = true
    // A call can take long without many steps: precompiles do.
    this.budget?.countSteps(1)
    const { view } = this.#kernel!
    const opcode = view.getUint32(at + message.opcode, true)
    const gas = Number(view.getBigInt64(at + message.gas, true))
    const depth = this.#frames.push({ opcode, gas }) - 1
    if (this.tracer?.onEnter === undefined) return
    const to = view.getUint32(at + message.to, true)
    const start: FrameStart = {
      opcode,
      depth,
      from: this.#bytes(view.getUint32(at + message.from, true), 20),
      to: to === 0 ? new Uint8Array(20) : this.#bytes(to, 20),
      input: this.#bytes(
        view.getUint32(at + message.input, true),
        view.getUint32(at + message.inputSize, true),
      ),
      gas,
      value: opcode === op.staticCall ? undefined : readWord(view, view.getUint32(at + message.value, true)),
    }
    this.tracer.onEnter(start)
  }

  #onExit(
    status: 'success' | 'revert' | 'halt',
    halt: Halt | undefined,
    gasLeft: number,
    output: number,
    outputSize: number,
  ): void {
    const frame = this.#frames.pop()!
    const { tracer } = this
    if (tracer?.onExit === undefined) return
    const error =
      status === 'success' ? undefined : status === 'revert' ? 'execution reverted' : this.#reason(halt!)
    tracer.onExit({
      depth: this.#frames.length,
      status,
      ...(halt && { halt }),
      ...(error && { error }),
      output: status === 'halt' ? new Uint8Array() : this.#bytes(output, outputSize),
      gasUsed: frame.gas - gasLeft,
    })
  }

  #reason(halt: Halt): string {
    if (halt === 'precompileFailure' && this.#kernel!.host.shortOfGas) return haltText('outOfGas')
    return neverBegan.has(halt) ? haltText(halt) : this.#explain(halt)
  }

  #onSelfDestruct(account: number, beneficiary: number, balance: number): void {
    const depth = this.#frames.length
    this.tracer?.onEnter?.({
      opcode: op.selfDestruct,
      depth,
      from: this.#bytes(account, 20),
      to: this.#bytes(beneficiary, 20),
      input: new Uint8Array(),
      gas: 0,
      value: readWord(this.#kernel!.view, balance),
    })
    this.tracer?.onExit?.({ depth, status: 'success', output: new Uint8Array(), gasUsed: 0 })
  }

  #readLog(at: number): Log {
    const { view } = this.#kernel!
    const topicCount = view.getUint32(at, true)
    const data = at + logs.topics + 32 * topicCount
    return {
      address: this.#bytes(at + logs.address, 20),
      topics: Array.from({ length: topicCount }, (_, n) => this.#bytes(at + logs.topics + 32 * n, 32)),
      data: this.#bytes(data, view.getUint32(at + logs.size, true)),
    }
  }

  #bytes(at: number, size: number): Uint8Array {
    return this.#kernel!.bytes.slice(at, at + size)
  }
}

/** Halts of a frame that executed no opcode. */
const neverBegan: ReadonlySet<Halt> = new Set([
  'callDepth',
  'insufficientBalance',
  'nonceOverflow',
  'createCollision',
  'precompileFailure',
])
