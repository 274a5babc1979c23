import { type Abi, decodeFunctionData, type Hex } from 'viem'
import type { Artifacts } from './artifacts.js'
import { type CallFrame, type Location, type StructLog, type TracedFrame, traceFrames } from './frames.js'
import { describeRevert } from './reason.js'
import { showValue } from './values.js'

/** One call of a transaction, for people. */
export type ExplainedCall = {
  type: string
  /** `Contract.function(arguments)`, or what is known of it. */
  what: string
  to: string | undefined
  gasUsed: number
  /** Why it failed, in words. */
  failure: string | undefined
  calls: ExplainedCall[]
}

/** A contract on the way to where a transaction failed, the innermost first. */
export type FailedFrame = { what: string; to: string | undefined; stack: Location[] }

export type Explanation = {
  status: 'success' | 'failed'
  failure: string | undefined
  /** From where it failed outwards; empty when it did not fail. */
  trace: FailedFrame[]
  root: ExplainedCall
}

/** What became of a transaction, told with the sources of the contracts that the artefacts know. */
export function explainTransaction(
  root: CallFrame,
  logs: readonly StructLog[],
  artifacts: Artifacts,
  codes: ReadonlyMap<string, string>,
): Explanation {
  const frames = traceFrames(root, logs, artifacts, codes)
  const { errors } = artifacts
  const path = failingPath(frames)
  const innermost = path.at(-1)
  return {
    status: root.error === undefined ? 'success' : 'failed',
    failure: innermost && failureOf(innermost, errors),
    trace: path.toReversed().map((frame) => ({ what: nameOf(frame), to: frame.call.to, stack: frame.stack })),
    root: explain(frames, errors),
  }
}

/** Down to the frame that failed of its own: its callers passed its revert data on, or called nothing after it. */
function failingPath(frame: TracedFrame): TracedFrame[] {
  if (frame.call.error === undefined) return []
  const last = frame.calls.at(-1)
  const isPassedOn =
    last?.call.error !== undefined && (last.call.output ?? '0x') === (frame.call.output ?? '0x')
  return isPassedOn ? [frame, ...failingPath(last)] : [frame]
}

function explain(frame: TracedFrame, errors: Abi): ExplainedCall {
  const { call, calls } = frame
  return {
    type: call.type,
    what: nameOf(frame),
    to: call.to,
    gasUsed: Number(call.gasUsed),
    failure: call.error === undefined ? undefined : failureOf(frame, errors),
    calls: calls.map((inner) => explain(inner, errors)),
  }
}

function failureOf({ call, code }: TracedFrame, errors: Abi): string {
  if (call.error !== 'execution reverted') return call.error ?? ''
  return describeRevert(call.output as Hex | undefined, [...(code?.abi ?? []), ...errors])
}

function nameOf({ call, code }: TracedFrame): string {
  const { type, to, input } = call
  if (type === 'CREATE' || type === 'CREATE2') return `new ${code?.contract ?? 'contract'}`
  const contract = code?.contract ?? to ?? 'nobody'
  if (input === '0x') return `${contract}.receive()`
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi: code?.abi ?? [], data: input as Hex })
    return `${contract}.${functionName}(${args.map(showValue).join(', ')})`
  } catch {
    return `${contract}.${input.slice(0, 10)}`
  }
}
