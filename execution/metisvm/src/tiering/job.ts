import { type Compiled, compile, defaultBudget } from '../compiler/compile.js'
import type { Schedule } from '../compiler/schedule.js'
import type { Profile } from './profile.js'

/** The universal compiler, and the optimising compiler. */
export type CompiledTier = '1a' | '1b'

/** One code to compile, as it is cloned to the worker. */
export type CompileJob = {
  code: Uint8Array
  /** keccak-256 of the code, hex */
  hash: string
  /** number of the fork whose prices hold */
  fork: number
  schedule: Schedule
  tier: CompiledTier
  profile?: Profile | undefined
  /** Keys of guards that failed: nothing may be taken for granted there. */
  distrust: readonly string[]
}

/** Code in a compiled form, and what the kernel needs to run it. */
export type Form = {
  tier: CompiledTier
  module: WebAssembly.Module
  /** size of the module's binary */
  wasmBytes: number
  /** u16 for each code offset and one more: where it may be entered. */
  table: Uint16Array
  /** By the number in the names of the module's counters, `guard0` …: what identifies the guard to the compiler. */
  guards: readonly string[]
  distrust: readonly string[]
}

export type CompileOutcome = {
  /** Absent when the code stays as it is. */
  form?: Form
  /** Why there is no form of the tier that was asked for. */
  denied?: string
  generateMs: number
  translateMs: number
  /** What the disk had. */
  cache: 'off' | 'hit' | 'miss'
}

/** Generates the WebAssembly of a job; a string when the compiler refuses. */
export function generate(job: Omit<CompileJob, 'hash' | 'fork'>): Compiled | string {
  const options = {
    ...defaultBudget,
    optimise: job.tier === '1b',
    ...(job.profile && { profile: job.profile }),
    distrust: new Set(job.distrust),
  }
  return compile(job.code, job.schedule, options) ?? 'over budget'
}

type Guarded = { guards?: readonly { key: string }[] }

export const guardKeys = (compiled: Guarded): string[] => (compiled.guards ?? []).map(({ key }) => key)

/** Carries out a job at once, on this thread. */
export function compileNow(job: CompileJob): CompileOutcome {
  const started = performance.now()
  const compiled = generate(job)
  const generated = performance.now()
  const none = { generateMs: generated - started, translateMs: 0, cache: 'off' as const }
  if (typeof compiled === 'string') return { ...none, denied: compiled }
  const module = new WebAssembly.Module(compiled.wasm as BufferSource)
  return { ...none, translateMs: performance.now() - generated, form: formOf(job, compiled, module) }
}

export function formOf(
  job: CompileJob,
  compiled: Pick<Compiled, 'wasm' | 'table'> & Guarded,
  module: WebAssembly.Module,
): Form {
  return {
    tier: job.tier,
    module,
    wasmBytes: compiled.wasm.length,
    table: compiled.table,
    guards: guardKeys(compiled),
    distrust: job.distrust,
  }
}
