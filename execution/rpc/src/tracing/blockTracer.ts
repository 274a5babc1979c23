import type { Block, CallOptions, CallRequest, CallResult, Chain, Transaction } from '@metis-stack/chain'
import type { View } from '@metis-stack/metisdb'
import { createTracingEvm, TraceBudget, type TracePlace, type Tracer } from '@metis-stack/metisvm'
import { serverError } from '../errors.js'
import type { RpcLimits } from '../options.js'
import { Gate } from './gate.js'

/** What a tracer is made with: how much it may use, and where its transaction stands. */
export type TracerContext = {
  budget: TraceBudget
  /** Logs of the block before the transaction. */
  firstLog: number
  place: TracePlace
}

export type MakeTracer = (context: TracerContext) => Tracer

export type TracedTransaction = {
  transaction: Transaction
  place: TracePlace
  result: unknown
}

/**
 * Executes blocks of the past and calls under the eyes of tracers. One request at a time, and others get their turn between
 * two transactions, so that tracing delays the node by no more than one transaction's time.
 */
export class BlockTracer {
  readonly #limits: RpcLimits
  readonly #chain: Chain
  readonly #gate: Gate

  constructor(limits: RpcLimits, chain: Chain) {
    this.#limits = limits
    this.#chain = chain
    this.#gate = new Gate(limits.traceQueue)
  }

  /** For one request. `milliseconds` may only lower the node's own limit for a transaction. */
  budget(milliseconds = Number.POSITIVE_INFINITY): TraceBudget {
    const { traceMs, traceSteps, responseBytes } = this.#limits
    return new TraceBudget({
      milliseconds: Math.min(traceMs, milliseconds),
      steps: traceSteps,
      bytes: responseBytes,
    })
  }

  /** Traces each transaction of a block, or only the one at `index`. */
  block(
    block: Block,
    make: MakeTracer,
    options: { signal: AbortSignal; index?: number; budget?: TraceBudget },
  ): Promise<TracedTransaction[]> {
    if (block.header.number === 0n) throw serverError('genesis is not traceable')
    return this.#gate.run(options.signal, () => this.#replay(block, make, options))
  }

  async #replay(
    block: Block,
    make: MakeTracer,
    { signal, index, budget = this.budget() }: { signal: AbortSignal; index?: number; budget?: TraceBudget },
  ): Promise<TracedTransaction[]> {
    const evm = createTracingEvm(budget)
    using execution = this.#chain.reopen(block, evm)
    const traced: TracedTransaction[] = []
    let firstLog = 0
    for (const [position, transaction] of block.transactions.entries()) {
      if (position > 0) await new Promise(setImmediate)
      signal.throwIfAborted()
      if (index !== undefined && position > index) break
      if (index !== undefined && position < index) {
        firstLog += execution.add(transaction).logs.length
        continue
      }
      const place: TracePlace = {
        blockHash: block.hash,
        blockNumber: Number(block.header.number),
        transactionHash: transaction.hash,
        transactionPosition: position,
      }
      const tracer = make({ budget, firstLog, place })
      firstLog += evm.trace(tracer, () => execution.add(transaction)).logs.length
      traced.push({ transaction, place, result: tracer.result() })
    }
    return traced
  }

  /** The state before the transaction at `index` of a block; its last state when the block has no more than `index`. */
  stateBefore(block: Block, index: number, signal: AbortSignal): Promise<View> {
    if (block.header.number === 0n) throw serverError('genesis is not traceable')
    return this.#gate.run(signal, async () => {
      using execution = this.#chain.reopen(block)
      for (const transaction of block.transactions.slice(0, index)) {
        execution.add(transaction)
        await new Promise(setImmediate)
        signal.throwIfAborted()
      }
      return execution.stateSoFar()
    })
  }

  /** Traces a call that becomes no transaction. */
  call(
    request: CallRequest,
    options: CallOptions,
    make: MakeTracer,
    { signal, budget = this.budget() }: { signal: AbortSignal; budget?: TraceBudget },
  ): Promise<{ outcome: CallResult; result: unknown }> {
    return this.#gate.run(signal, () => {
      const evm = createTracingEvm(budget)
      const tracer = make({ budget, firstLog: 0, place: {} })
      const outcome = evm.trace(tracer, () => this.#chain.call(request, { ...options, evm }))
      return { outcome, result: tracer.result() }
    })
  }
}
