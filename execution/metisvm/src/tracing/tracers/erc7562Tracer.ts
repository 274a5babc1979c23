import { bytesToHex } from '@metis-stack/kernel'
import type { ExecutionResult, Log } from '../../interface.js'
import type { TraceBudget } from '../budget.js'
import { callOpcodes, everyOpcode, op } from '../opcodes.js'
import type { FrameEnd, FrameStart, Step, Tracer, TransactionStart } from '../tracer.js'
import { type CallFrame, CallTracer } from './callTracer.js'

export type Erc7562TracerConfig = {
  /** Opcodes that are not counted; by default PUSH, DUP, SWAP, POP and plain arithmetic. */
  ignoredOpcodes?: number[]
  withLog?: boolean
}

/** What the frame did that the validation rules of ERC-7562 restrict. */
type Observations = {
  accessedSlots: {
    reads: Record<string, string[]>
    writes: Record<string, number>
    transientReads: Record<string, number>
    transientWrites: Record<string, number>
  }
  extCodeAccessInfo: string[]
  usedOpcodes: Record<string, number>
  contractSize: Record<string, { contractSize: number; opcode: number }>
  outOfGas: boolean
}

export type Erc7562Frame = Omit<CallFrame, 'calls'> &
  Observations & { calls?: Erc7562Frame[]; keccak?: string[] }

const extCodeOpcodes: ReadonlySet<number> = new Set([op.extCodeSize, op.extCodeCopy, op.extCodeHash])
const isZero = 0x15

const defaultIgnored: readonly number[] = [
  ...Array.from({ length: 0x9f - 0x5f + 1 }, (_, i) => 0x5f + i),
  ...[0x50, 0x01, 0x03, 0x02, 0x04, 0x14, 0x10, 0x11, 0x12, 0x13, 0x1b, 0x1c, 0x16, 0x17, 0x19, 0x15],
]

/** Frames with the opcodes, slots, code accesses and hash preimages that bundlers check; geth's tracer of this name. */
export class Erc7562Tracer implements Tracer {
  readonly opcodes = everyOpcode
  readonly #calls: CallTracer
  readonly #budget: TraceBudget
  readonly #ignored: ReadonlySet<number>
  readonly #keccak = new Set<string>()
  readonly #observed = new WeakMap<CallFrame, Observations>()
  #last: { opcode: number; top: Uint8Array | undefined } | undefined
  #state!: TransactionStart['state']

  constructor(config: Erc7562TracerConfig, modules: { budget: TraceBudget; firstLog: number }) {
    this.#calls = new CallTracer({ withLog: config.withLog }, modules)
    this.#budget = modules.budget
    this.#ignored = new Set(config.ignoredOpcodes ?? defaultIgnored)
  }

  onTransactionStart(start: TransactionStart): void {
    this.#state = start.state
    this.#calls.onTransactionStart(start)
  }

  onEnter(start: FrameStart): void {
    this.#calls.onEnter(start)
    this.#budget.spend(300)
    this.#observed.set(this.#calls.current!, {
      accessedSlots: { reads: {}, writes: {}, transientReads: {}, transientWrites: {} },
      extCodeAccessInfo: [],
      usedOpcodes: {},
      contractSize: {},
      outOfGas: false,
    })
  }

  onExit(end: FrameEnd): void {
    const seen = this.#observed.get(this.#calls.current!)!
    if (end.halt === 'outOfGas' && end.depth > 0) seen.outOfGas = true
    this.#calls.onExit(end)
  }

  onLog(log: Log): void {
    this.#calls.onLog(log)
  }

  onTransactionEnd(result: ExecutionResult): void {
    this.#calls.onTransactionEnd(result)
  }

  onStep(step: Step): void {
    const { opcode } = step
    const seen = this.#observed.get(this.#calls.current!)!
    if (opcode === op.return || opcode === op.revert) this.#last = undefined
    if (this.#last) {
      this.#observeExtCode(this.#last, opcode, seen)
      // OP-012: GAS is allowed only right before a call.
      if (this.#last.opcode === op.gas && !callOpcodes.has(opcode)) count(seen.usedOpcodes, opcodeKey(op.gas))
    }
    this.#observeSize(step, seen)
    if (opcode !== op.gas && !this.#ignored.has(opcode)) count(seen.usedOpcodes, opcodeKey(opcode))
    this.#observeStorage(step, seen)
    if (opcode === op.keccak256 && step.stackSize >= 2) this.#observeKeccak(step)
    this.#last = { opcode, top: step.stackSize > 0 ? step.stackBytes(0) : undefined }
  }

  /** OP-051: EXTCODESIZE followed by ISZERO is the one harmless look at another's code. */
  #observeExtCode(
    last: { opcode: number; top: Uint8Array | undefined },
    opcode: number,
    seen: Observations,
  ): void {
    if (!extCodeOpcodes.has(last.opcode) || last.top === undefined) return
    if (last.opcode === op.extCodeSize && opcode === isZero) return
    this.#budget.spend(45)
    seen.extCodeAccessInfo.push(bytesToHex(last.top.subarray(12)))
  }

  /** OP-041: accounts whose code is used, with its size. */
  #observeSize(step: Step, seen: Observations): void {
    const isCall = callOpcodes.has(step.opcode)
    if (!isCall && !extCodeOpcodes.has(step.opcode)) return
    if (step.stackSize < (isCall ? 2 : 1)) return
    const address = step.stackBytes(isCall ? 1 : 0).subarray(12)
    const key = bytesToHex(address)
    if (key in seen.contractSize) return
    this.#budget.spend(90)
    seen.contractSize[key] = { contractSize: this.#state.code(address).length, opcode: step.opcode }
  }

  #observeStorage(step: Step, { accessedSlots }: Observations): void {
    const { opcode } = step
    if (opcode !== op.sload && opcode !== op.sstore && opcode !== op.tload && opcode !== op.tstore) return
    if (step.stackSize < 1) return
    const slot = step.stackBytes(0)
    const key = bytesToHex(slot)
    this.#budget.spend(140)
    if (opcode === op.sstore) count(accessedSlots.writes, key)
    else if (opcode === op.tload) count(accessedSlots.transientReads, key)
    else if (opcode === op.tstore) count(accessedSlots.transientWrites, key)
    else if (!(key in accessedSlots.reads) && !(key in accessedSlots.writes))
      accessedSlots.reads[key] = [bytesToHex(this.#state.storage(step.address, slot))]
  }

  #observeKeccak(step: Step): void {
    const offset = step.stack(0)
    const size = step.stack(1)
    // Longer ones cannot be paid for.
    if (size > 0x100000n || offset > 0xffffffffn) return
    this.#budget.spend(2 * Number(size))
    this.#keccak.add(bytesToHex(step.memory(Number(offset), Number(size))))
  }

  result(): Erc7562Frame {
    const root = this.#merge(this.#calls.result())
    if (this.#keccak.size > 0) root.keccak = [...this.#keccak].sort()
    return root
  }

  #merge(frame: CallFrame): Erc7562Frame {
    const { calls, ...own } = frame
    const observed = this.#observed.get(frame)!
    return { ...own, ...observed, ...(calls && { calls: calls.map((call) => this.#merge(call)) }) }
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}

const opcodeKey = (opcode: number) => `0x${opcode.toString(16)}`
