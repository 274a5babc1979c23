import type { TraceBudget } from './budget.js'
import type { Tracer } from './tracer.js'
import { CallTracer, type CallTracerConfig } from './tracers/callTracer.js'
import { Erc7562Tracer, type Erc7562TracerConfig } from './tracers/erc7562Tracer.js'
import { FlatCallTracer, type FlatCallTracerConfig, type TracePlace } from './tracers/flatCallTracer.js'
import { FourByteTracer } from './tracers/fourByteTracer.js'
import { MuxTracer } from './tracers/muxTracer.js'
import { NoopTracer } from './tracers/noopTracer.js'
import { PrestateTracer, type PrestateTracerConfig } from './tracers/prestateTracer.js'
import { StructLogger, type StructLoggerConfig } from './tracers/structLogger.js'

/** What tracers may know beside the execution. */
export type TracerModules = {
  budget: TraceBudget
  /** Logs of the block before the transaction. */
  firstLog?: number
  place?: TracePlace
}

/** A tracer's name is unknown, or its options make no sense. */
export class TracerConfigError extends Error {
  override readonly name = 'TracerConfigError'

  constructor(readonly shortMessage: string) {
    super(shortMessage)
  }
}

type Config = Record<string, unknown>

const byName: Record<string, (config: Config, modules: Required<TracerModules>) => Tracer> = {
  callTracer: (config, modules) => new CallTracer(config as CallTracerConfig, modules),
  flatCallTracer: (config, modules) => new FlatCallTracer(config as FlatCallTracerConfig, modules),
  prestateTracer(config, modules) {
    const { diffMode, includeEmpty } = config as PrestateTracerConfig
    if (diffMode && includeEmpty) throw new TracerConfigError('cannot use diffMode with includeEmpty')
    return new PrestateTracer(config as PrestateTracerConfig, modules)
  },
  '4byteTracer': () => new FourByteTracer(),
  noopTracer: () => new NoopTracer(),
  erc7562Tracer: (config, modules) => new Erc7562Tracer(config as Erc7562TracerConfig, modules),
  structLogger: (config, modules) => new StructLogger(config as StructLoggerConfig, modules),
  muxTracer(config, modules) {
    const tracers = Object.entries(config).map(([name, inner]): [string, Tracer] => {
      if (name === 'muxTracer') throw new TracerConfigError('muxTracer cannot contain itself')
      return [name, createTracer(name, inner, modules)]
    })
    return new MuxTracer(new Map(tracers))
  },
}

/**
 * A tracer by the name that clients use (geth's names).
 *
 * @throws {TracerConfigError}
 */
export function createTracer(name: string, config: unknown, modules: TracerModules): Tracer {
  const create = Object.hasOwn(byName, name) ? byName[name] : undefined
  if (create === undefined) throw new TracerConfigError(`no such tracer: ${name.slice(0, 80)}`)
  const given = config ?? {}
  if (typeof given !== 'object' || Array.isArray(given))
    throw new TracerConfigError(`the options of ${name} are not an object`)
  const { budget, firstLog = 0, place = {} } = modules
  return create(given as Config, { budget, firstLog, place })
}
