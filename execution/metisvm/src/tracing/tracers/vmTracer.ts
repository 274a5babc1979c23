import { bytesToHex } from '@metis-stack/kernel'
import type { TraceBudget } from '../budget.js'
import { everyOpcode, op, opcodeName, pushedWords } from '../opcodes.js'
import type {
  CurrentState,
  FrameEnd,
  FrameStart,
  Step,
  StepEnd,
  Tracer,
  TransactionStart,
} from '../tracer.js'

/** What an opcode did, as Parity tells it. */
export type VmExecution = {
  /** gas left after it */
  used: number
  /** Words that it left on the stack, the deepest first. */
  push: string[]
  mem: { off: number; data: string } | null
  store: { key: string; val: string } | null
}

export type VmOperation = {
  pc: number
  op: string
  /** gas, with what a call passes on */
  cost: number
  /** `null` when the frame failed here. */
  ex: VmExecution | null
  /** The frame that it opened, when that had code. */
  sub: VmTrace | null
}

/** Parity's `vmTrace`: each opcode of a frame, with the frames that it opens inside. */
export type VmTrace = { code: string; ops: VmOperation[] }

type Pending = {
  operation: VmOperation
  step: { opcode: number; gas: number }
  written?: Range
  store: VmExecution['store']
}
type Range = { offset: number; size: number }
type Frame = { trace: VmTrace; pending: Pending | undefined }

/** Every opcode with what it changed, as Parity's `trace_` methods have it under `vmTrace`. */
export class VmTracer implements Tracer {
  readonly opcodes = everyOpcode
  readonly #budget: TraceBudget
  readonly #frames: Frame[] = []
  #root: VmTrace | undefined
  #state: CurrentState | undefined
  #isPrecompile: TransactionStart['isPrecompile'] = () => false

  constructor(modules: { budget: TraceBudget }) {
    this.#budget = modules.budget
  }

  onTransactionStart({ state, isPrecompile }: TransactionStart): void {
    this.#state = state
    this.#isPrecompile = isPrecompile
  }

  onEnter({ opcode, depth, to, input }: FrameStart): void {
    if (opcode === op.selfDestruct) {
      this.#frames.push({ trace: { code: '0x', ops: [] }, pending: undefined })
      return
    }
    const creates = opcode === op.create || opcode === op.create2
    const code = creates ? input : this.#codeAt(to)
    this.#budget.spend(60 + 2 * code.length)
    const trace: VmTrace = { code: bytesToHex(code), ops: [] }
    const caller = this.#frames.at(-1)?.pending?.operation
    if (depth === 0) this.#root = trace
    else if (caller && code.length > 0) caller.sub = trace
    this.#frames.push({ trace, pending: undefined })
  }

  /** The code that a call runs: a delegated account has that of its delegate (EIP-7702). */
  #codeAt(address: Uint8Array): Uint8Array {
    if (this.#isPrecompile(address)) return new Uint8Array()
    const code = this.#state!.code(address)
    const isDelegation = code.length === 23 && code[0] === 0xef && code[1] === 0x01 && code[2] === 0
    return isDelegation ? this.#state!.code(code.slice(3)) : code
  }

  onStep(step: Step): void {
    const frame = this.#frames.at(-1)!
    this.#finish(frame, step)
    this.#budget.spend(110)
    const { pc, opcode, gas } = step
    const operation: VmOperation = { pc, op: opcodeName(opcode), cost: 0, ex: null, sub: null }
    frame.trace.ops.push(operation)
    frame.pending = { operation, step: { opcode, gas }, ...writtenBy(step), store: storedBy(step) }
  }

  onStepEnd({ cost, error }: StepEnd): void {
    const frame = this.#frames.at(-1)
    if (frame?.pending === undefined) return
    frame.pending.operation.cost = cost
    if (error !== undefined) frame.pending = undefined
  }

  onExit({ status }: FrameEnd): void {
    const { pending } = this.#frames.pop()!
    // An opcode after which nothing else runs has ended the frame, well or as the one that failed.
    if (pending === undefined || status === 'halt') return
    const { operation, step, store } = pending
    operation.ex = { used: step.gas - operation.cost, push: [], mem: null, store }
  }

  /** What the opcode before this one in the frame has left. */
  #finish(frame: Frame, next: Step): void {
    const { pending } = frame
    if (pending === undefined) return
    const { operation, step, written, store } = pending
    const words = Math.min(pushedWords(step.opcode), next.stackSize)
    const push = Array.from({ length: words }, (_, i) => `0x${next.stack(words - 1 - i).toString(16)}`)
    const mem = written && written.size > 0 ? written : undefined
    this.#budget.spend(20 * words + 2 * (mem?.size ?? 0))
    operation.ex = {
      used: next.gas,
      push,
      mem: mem ? { off: mem.offset, data: bytesToHex(next.memory(mem.offset, mem.size)) } : null,
      store,
    }
  }

  result(): VmTrace | null {
    return this.#root ?? null
  }
}

/** Where the operands of an opcode say which memory it writes: offset and size as distances from the top of the stack. */
const ranges = new Map<number, { offset: number; size: number | 'word' | 'byte' }>([
  [0x37, { offset: 0, size: 2 }],
  [0x39, { offset: 0, size: 2 }],
  [0x3c, { offset: 1, size: 3 }],
  [0x3e, { offset: 0, size: 2 }],
  [0x51, { offset: 0, size: 'word' }],
  [0x52, { offset: 0, size: 'word' }],
  [0x53, { offset: 0, size: 'byte' }],
  [0x5e, { offset: 0, size: 2 }],
  [op.call, { offset: 5, size: 6 }],
  [op.callCode, { offset: 5, size: 6 }],
  [op.delegateCall, { offset: 4, size: 5 }],
  [op.staticCall, { offset: 4, size: 5 }],
])

function writtenBy(step: Step): { written?: Range } {
  const range = ranges.get(step.opcode)
  if (range === undefined) return {}
  const { offset, size } = range
  const deepest = typeof size === 'number' ? Math.max(offset, size) : offset
  if (step.stackSize <= deepest) return {}
  const bytes = size === 'word' ? 32n : size === 'byte' ? 1n : step.stack(size)
  // Larger ranges cost more than there is: the opcode fails.
  if (bytes > 0xffff_ffffn || step.stack(offset) > 0xffff_ffffn) return {}
  return { written: { offset: Number(step.stack(offset)), size: Number(bytes) } }
}

function storedBy(step: Step): VmExecution['store'] {
  if (step.opcode !== op.sstore || step.stackSize < 2) return null
  return { key: `0x${step.stack(0).toString(16)}`, val: `0x${step.stack(1).toString(16)}` }
}
