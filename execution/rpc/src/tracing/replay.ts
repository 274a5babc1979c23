import { type FlatCall, FlatCallTracer, MuxTracer, PrestateTracer, type Tracer } from '@metis-stack/metisvm'
import type { ParityTraceType } from '../params/trace.js'
import type { MakeTracer } from './blockTracer.js'
import { type Diff, stateDiff } from './stateDiff.js'

/** What trace_call and trace_replay… answer. */
export type Replay = {
  output: string
  stateDiff: unknown
  trace: Omit<FlatCall, 'blockHash' | 'blockNumber' | 'transactionHash' | 'transactionPosition'>[]
  vmTrace: null
}

/** The tracers for what is asked; the frames are always needed, for the output. */
export function replayTracer(types: ReadonlySet<ParityTraceType>): MakeTracer {
  return (context) => {
    const tracers = new Map<string, Tracer>([
      ['trace', new FlatCallTracer({ convertParityErrors: true, executionGas: true }, context)],
    ])
    if (types.has('stateDiff')) tracers.set('stateDiff', new PrestateTracer({ diffMode: true }, context))
    return new MuxTracer(tracers)
  }
}

/** Puts the tracers' results in Parity's form. */
export function replayResult(types: ReadonlySet<ParityTraceType>, result: unknown): Replay {
  const { trace: calls, stateDiff: diff } = result as { trace: FlatCall[]; stateDiff?: Diff }
  const root = calls[0]!
  return {
    output: root.result?.output ?? root.result?.code ?? '0x',
    stateDiff: diff ? stateDiff(diff) : null,
    trace: types.has('trace') ? calls.map(withoutPlace) : [],
    vmTrace: null,
  }
}

function withoutPlace({ action, error, result, subtraces, traceAddress, type }: FlatCall) {
  return {
    action,
    ...(error !== undefined && { error }),
    ...(result && { result }),
    subtraces,
    traceAddress,
    type,
  }
}
