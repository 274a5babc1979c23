import {
  type FlatCall,
  FlatCallTracer,
  MuxTracer,
  PrestateTracer,
  type Tracer,
  type VmTrace,
  VmTracer,
} from '@metis-stack/metisvm'
import type { ParityTraceType } from '../params/trace.js'
import type { MakeTracer } from './blockTracer.js'
import { type Diff, stateDiff } from './stateDiff.js'

/** What trace_call and trace_replay… answer. */
export type Replay = {
  output: string
  stateDiff: unknown
  trace: Omit<FlatCall, 'blockHash' | 'blockNumber' | 'transactionHash' | 'transactionPosition'>[]
  vmTrace: VmTrace | null
}

/** The tracers for what is asked; the frames are always needed, for the output. */
export function replayTracer(types: ReadonlySet<ParityTraceType>): MakeTracer {
  return (context) => {
    const tracers = new Map<string, Tracer>([
      ['trace', new FlatCallTracer({ convertParityErrors: true, executionGas: true }, context)],
    ])
    if (types.has('stateDiff')) tracers.set('stateDiff', new PrestateTracer({ diffMode: true }, context))
    if (types.has('vmTrace')) tracers.set('vmTrace', new VmTracer(context))
    return new MuxTracer(tracers)
  }
}

/** Puts the tracers' results in Parity's form. */
export function replayResult(types: ReadonlySet<ParityTraceType>, result: unknown): Replay {
  const told = result as { trace: FlatCall[]; stateDiff?: Diff; vmTrace?: VmTrace }
  const { trace: calls, stateDiff: diff, vmTrace = null } = told
  const root = calls[0]!
  return {
    output: root.result?.output ?? root.result?.code ?? '0x',
    stateDiff: diff ? stateDiff(diff) : null,
    trace: types.has('trace') ? calls.map(withoutPlace) : [],
    vmTrace,
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
