import type { ExecutionResult } from '../../interface.js'
import type { TraceBudget } from '../budget.js'
import { op } from '../opcodes.js'
import type { FrameEnd, FrameStart, Tracer, TransactionStart } from '../tracer.js'
import { type CallFrame, CallTracer } from './callTracer.js'

export type FlatCallTracerConfig = {
  /** Errors in Parity's words. */
  convertParityErrors?: boolean
  /** Calls of precompiles, which Parity leaves out. */
  includePrecompiles?: boolean
  /** The transaction's own frame without its intrinsic gas and refund, as Parity has it. */
  executionGas?: boolean
}

/** Where the transaction stands, when it stands somewhere. */
export type TracePlace = {
  blockHash?: string
  blockNumber?: number
  transactionHash?: string
  transactionPosition?: number
}

/** One frame of a flat, Parity-like trace. */
export type FlatCall = {
  action: Record<string, string>
  blockHash: string | null
  blockNumber: number
  error?: string
  result?: Record<string, string>
  subtraces: number
  traceAddress: number[]
  transactionHash: string | null
  transactionPosition: number
  type: 'call' | 'create' | 'suicide'
}

/** The frames in order of their beginnings, each with its path, as geth's tracer of this name and Parity's `trace_`. */
export class FlatCallTracer implements Tracer {
  readonly #config: FlatCallTracerConfig
  readonly #calls: CallTracer
  readonly #place: TracePlace
  /** The open frames, whether each is a call that Parity leaves out. */
  readonly #hidden: boolean[] = []
  #isPrecompile: TransactionStart['isPrecompile'] = () => false

  constructor(config: FlatCallTracerConfig, modules: { budget: TraceBudget; place: TracePlace }) {
    this.#config = config
    this.#place = modules.place
    this.#calls = new CallTracer(
      { executionGas: config.executionGas },
      { budget: modules.budget, firstLog: 0 },
    )
  }

  onTransactionStart(start: TransactionStart): void {
    this.#isPrecompile = start.isPrecompile
    this.#calls.onTransactionStart(start)
  }

  onEnter(start: FrameStart): void {
    const { opcode, depth, to } = start
    const plain = opcode === op.call || opcode === op.staticCall
    this.#hidden.push(depth > 0 && plain && !this.#config.includePrecompiles && this.#isPrecompile(to))
    this.#calls.onEnter({ ...start, value: start.value ?? 0n })
  }

  onExit(end: FrameEnd): void {
    this.#calls.onExit(end)
    if (this.#hidden.pop()) this.#calls.current!.calls!.pop()
  }

  onTransactionEnd(result: ExecutionResult): void {
    this.#calls.onTransactionEnd(result)
  }

  result(): FlatCall[] {
    return [...this.#flatten(this.#calls.result(), [])]
  }

  *#flatten(frame: CallFrame, traceAddress: number[]): Generator<FlatCall> {
    const { action, result, type } = describe(frame)
    const { error, calls = [] } = frame
    yield {
      action,
      blockHash: this.#place.blockHash ?? null,
      blockNumber: this.#place.blockNumber ?? 0,
      ...(error !== undefined && { error: this.#config.convertParityErrors ? parityError(error) : error }),
      // Revert data are a result too.
      ...(result && (error === undefined || error === 'execution reverted') && { result }),
      subtraces: calls.length,
      traceAddress,
      transactionHash: this.#place.transactionHash ?? null,
      transactionPosition: this.#place.transactionPosition ?? 0,
      type,
    }
    for (const [index, call] of calls.entries()) yield* this.#flatten(call, [...traceAddress, index])
  }
}

function describe(frame: CallFrame): Pick<FlatCall, 'action' | 'result' | 'type'> {
  const { from, to, gas, gasUsed, input, output = '0x', value = '0x0' } = frame
  const kind = frame.type.toLowerCase()
  if (kind === 'selfdestruct')
    return { action: { address: from, balance: value, refundAddress: to! }, type: 'suicide' }
  if (kind === 'create' || kind === 'create2')
    return {
      action: { creationMethod: kind, from, gas, init: input, value },
      result: { ...(to !== undefined && { address: to }), code: output, gasUsed },
      type: 'create',
    }
  return {
    action: { callType: kind, from, gas, input, to: to!, value },
    result: { gasUsed, output },
    type: 'call',
  }
}

const parityErrors = new Map([
  ['contract creation code storage out of gas', 'Out of gas'],
  ['out of gas', 'Out of gas'],
  ['gas uint64 overflow', 'Out of gas'],
  ['max code size exceeded', 'Out of gas'],
  ['invalid jump destination', 'Bad jump destination'],
  ['execution reverted', 'Reverted'],
  ['return data out of bounds', 'Out of bounds'],
  ['stack limit reached 1024 (1023)', 'Out of stack'],
  ['precompile failed', 'Built-in failed'],
])

function parityError(error: string): string {
  if (error.startsWith('out of gas:')) return 'Out of gas'
  if (error.startsWith('invalid opcode:')) return 'Bad instruction'
  if (error.startsWith('stack underflow')) return 'Stack underflow'
  return parityErrors.get(error) ?? error
}
