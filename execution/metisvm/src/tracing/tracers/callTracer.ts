import { bytesToHex } from '@metis-stack/kernel'
import type { ExecutionResult, Log } from '../../interface.js'
import type { TraceBudget } from '../budget.js'
import { op, opcodeName } from '../opcodes.js'
import { revertReason } from '../revertReason.js'
import type { FrameEnd, FrameStart, Tracer, TransactionStart } from '../tracer.js'

export type CallTracerConfig = {
  /** Only the transaction's own frame. */
  onlyTopCall?: boolean
  /** Logs of frames that did not fail. */
  withLog?: boolean
  /** The transaction's own frame has the gas of its execution, not that of the transaction. */
  executionGas?: boolean
}

export type CallLog = { address: string; topics: string[]; data: string; index: string; position: string }

/** A frame as geth's callTracer prints it. */
export type CallFrame = {
  from: string
  gas: string
  gasUsed: string
  to?: string
  input: string
  output?: string
  error?: string
  revertReason?: string
  calls?: CallFrame[]
  logs?: CallLog[]
  value?: string
  type: string
}

const hex = (value: number | bigint) => `0x${value.toString(16)}`

/** Nested frames with what went in and came out, as geth's tracer of this name. */
export class CallTracer implements Tracer {
  readonly #config: CallTracerConfig
  readonly #budget: TraceBudget
  readonly #stack: CallFrame[] = []
  readonly #failed = new Set<CallFrame>()
  /** Logs emitted before each open frame, so that a failing one gives its numbers back. */
  readonly #logCounts: number[] = []
  #logCount: number
  #depth = 0
  #gasLimit = 0n

  /** @param firstLog the block's logs before this transaction */
  constructor(config: CallTracerConfig, modules: { budget: TraceBudget; firstLog: number }) {
    this.#config = config
    this.#budget = modules.budget
    this.#logCount = modules.firstLog
  }

  get root(): CallFrame | undefined {
    return this.#stack[0]
  }

  /** The innermost open frame. */
  get current(): CallFrame | undefined {
    return this.#stack.at(-1)
  }

  onTransactionStart({ transaction }: TransactionStart): void {
    this.#gasLimit = transaction.gasLimit
  }

  onEnter({ opcode, depth, from, to, input, gas, value }: FrameStart): void {
    this.#depth = depth
    this.#logCounts.push(this.#logCount)
    if (this.#config.onlyTopCall && depth > 0) return
    this.#budget.spend(300 + 2 * input.length)
    this.#stack.push({
      from: bytesToHex(from),
      gas: hex(depth === 0 && !this.#config.executionGas ? this.#gasLimit : gas),
      gasUsed: '0x0',
      to: bytesToHex(to),
      input: bytesToHex(input),
      ...(value !== undefined && { value: hex(value) }),
      type: opcodeName(opcode),
    })
  }

  onExit(end: FrameEnd): void {
    const before = this.#logCounts.pop()!
    if (end.status !== 'success') this.#logCount = before
    this.#depth = end.depth - 1
    if (this.#config.onlyTopCall && end.depth > 0) return
    this.#budget.spend(2 * end.output.length)
    const frame = end.depth === 0 ? this.#stack[0]! : this.#stack.pop()!
    this.#close(frame, end)
    frame.gasUsed = hex(end.gasUsed)
    if (end.depth === 0) return
    const parent = this.#stack.at(-1)!
    parent.calls ??= []
    parent.calls.push(frame)
  }

  #close(frame: CallFrame, { status, output, error }: FrameEnd): void {
    if (status === 'success') {
      if (output.length > 0) frame.output = bytesToHex(output)
      return
    }
    this.#failed.add(frame)
    frame.error = error
    if (frame.type === opcodeName(op.create) || frame.type === opcodeName(op.create2)) delete frame.to
    if (status !== 'revert' || output.length === 0) return
    frame.output = bytesToHex(output)
    const reason = revertReason(output)
    if (reason !== undefined) frame.revertReason = reason
  }

  onLog({ address, topics, data }: Log): void {
    const index = this.#logCount++
    if (!this.#config.withLog || (this.#config.onlyTopCall && this.#depth > 0)) return
    this.#budget.spend(200 + 70 * topics.length + 2 * data.length)
    const frame = this.#stack.at(-1)!
    frame.logs ??= []
    frame.logs.push({
      address: bytesToHex(address),
      topics: topics.map(bytesToHex),
      data: bytesToHex(data),
      index: hex(index),
      position: hex(frame.calls?.length ?? 0),
    })
  }

  onTransactionEnd({ gasUsed }: ExecutionResult): void {
    const root = this.#stack[0]!
    if (!this.#config.executionGas) root.gasUsed = hex(gasUsed)
    if (this.#config.withLog) this.#dropFailedLogs(root, false)
  }

  #dropFailedLogs(frame: CallFrame, parentFailed: boolean): void {
    const failed = parentFailed || this.#failed.has(frame)
    if (failed) delete frame.logs
    for (const call of frame.calls ?? []) this.#dropFailedLogs(call, failed)
  }

  result(): CallFrame {
    return this.#stack[0]!
  }
}
