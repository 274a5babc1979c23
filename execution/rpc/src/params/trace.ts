import type { BlockOverrides, StateOverrides } from '@metis-stack/chain'
import { blockOverrides, stateOverrides } from './call.js'
import {
  arrayOf,
  asObject,
  boolean,
  objectOf,
  optional,
  type Parser,
  reject,
  requireValue,
  string,
} from './core.js'
import { uint64 } from './hex.js'

/** Which tracer with which options, in geth's shape. */
export type TraceConfig = {
  tracer: string
  tracerConfig: Record<string, unknown>
  /** Milliseconds that the caller grants; the node may grant less. */
  timeout: number | undefined
}

export type TraceCallConfig = TraceConfig & {
  stateOverrides?: StateOverrides
  blockOverrides?: BlockOverrides
}

/** The struct logger's options stand in the object itself, for historical reasons. */
const structLoggerOptions = objectOf({
  enableMemory: optional(boolean),
  disableStack: optional(boolean),
  disableStorage: optional(boolean),
  enableReturnData: optional(boolean),
  limit: optional(safeCount),
})

const options = objectOf({
  tracer: optional(string),
  timeout: optional(duration),
  tracerConfig: optional(tracerOptions, {}),
})

export const traceConfig: Parser<TraceConfig> = (value, path) => {
  const { tracer, timeout, tracerConfig } = options(value, path)
  if (tracer === undefined || tracer === '' || tracer === 'structLogger')
    return { tracer: 'structLogger', tracerConfig: structLoggerOptions(value, path), timeout }
  return { tracer, tracerConfig, timeout }
}

export const defaultTraceConfig: TraceCallConfig = {
  tracer: 'structLogger',
  tracerConfig: {},
  timeout: undefined,
}

const overrides = objectOf({
  stateOverrides: optional(stateOverrides),
  blockOverrides: optional(blockOverrides),
})

export const traceCallConfig: Parser<TraceCallConfig> = (value, path) => {
  const given = overrides(value, path)
  return {
    ...traceConfig(value, path),
    ...(given.stateOverrides && { stateOverrides: given.stateOverrides }),
    ...(given.blockOverrides && { blockOverrides: given.blockOverrides }),
  }
}

const flags: ReadonlySet<string> = new Set([
  'onlyTopCall',
  'withLog',
  'diffMode',
  'disableCode',
  'disableStorage',
  'includeEmpty',
  'convertParityErrors',
  'includePrecompiles',
  'enableMemory',
  'disableStack',
  'enableReturnData',
])
const opcodeList = arrayOf(uint64, 256)

/** Options of any tracer, and of several by name for muxTracer. Unknown ones are ignored, as geth does. */
function tracerOptions(value: unknown, path: string): Record<string, unknown> {
  const parsed: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(asObject(value, path))) {
    const at = `${path}.${key.slice(0, 80)}`
    if (item === null || item === undefined) continue
    if (flags.has(key)) parsed[key] = boolean(item, at)
    else if (key === 'ignoredOpcodes') parsed[key] = opcodeList(item, at).map(Number)
    else if (key.endsWith('Tracer') || key === 'structLogger') parsed[key] = tracerOptions(item, at)
  }
  return parsed
}

function safeCount(value: unknown, path: string): number {
  requireValue(value, path)
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : reject(path, 'want a count')
}

const milliseconds: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** A duration as Go writes it, such as `300ms`, `1.5s` or `1m30s`. */
function duration(value: unknown, path: string): number {
  const text = string(value, path)
  if (text.length > 40 || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text))
    return reject(path, 'want a duration such as 5s')
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * milliseconds[unit as string]!
  }
  return total
}

const parityTraceNames = ['trace', 'stateDiff', 'vmTrace'] as const

export type ParityTraceType = (typeof parityTraceNames)[number]

/** What trace_call and trace_replay… shall tell. */
export const parityTraceTypes: Parser<ReadonlySet<ParityTraceType>> = (value, path) => {
  const names = arrayOf(string, 3)(value, path)
  for (const name of names) {
    if (!parityTraceNames.some((known) => known === name))
      return reject(path, `unknown trace type ${name.slice(0, 40)}`)
  }
  return new Set(names as ParityTraceType[])
}
