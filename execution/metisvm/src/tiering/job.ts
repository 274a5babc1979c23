import { type Compiled, compile } from '../compiler/compile.js'
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
  /** What guided the compiler. */
  profile: Profile | undefined
}

export type CompileOutcome = {
  /** Absent when the code stays as it is. */
  form?: Form
  /** Why there is no form of the tier that was asked for; there may be one of the tier below. */
  denied?: string
  generateMs: number
  translateMs: number
  /** What the disk had. */
  cache: 'off' | 'hit' | 'miss'
}

/** Generates the WebAssembly of a job; `undefined` when the code is over budget. */
export function generate(job: Omit<CompileJob, 'hash' | 'fork'>): Compiled | undefined {
  return compile(job.code, job.schedule, {
    optimise: job.tier === '1b',
    ...(job.profile && { profile: job.profile }),
    distrust: new Set(job.distrust),
  })
}

/** Why a job's tier could not be had; `undefined` when it could. */
export function refusal(job: Pick<CompileJob, 'tier'>, compiled: Compiled | undefined): string | undefined {
  if (compiled === undefined) return 'over budget'
  return job.tier === '1b' ? compiled.report.denied : undefined
}

/** Carries out a job at once, on this thread. Code that cannot be optimised comes in its universal form. */
export function compileNow(job: CompileJob): CompileOutcome {
  const started = performance.now()
  const compiled = generate(job)
  const generateMs = performance.now() - started
  const denied = refusal(job, compiled)
  const outcome = {
    generateMs,
    translateMs: 0,
    cache: 'off' as const,
    ...(denied !== undefined && { denied }),
  }
  if (compiled === undefined) return outcome
  const module = new WebAssembly.Module(compiled.wasm as BufferSource)
  const tier = denied === undefined ? job.tier : '1a'
  const translateMs = performance.now() - started - generateMs
  return { ...outcome, translateMs, form: formOf({ ...job, tier }, compiled, module) }
}

/** What of a compilation outlives it. */
export type Product = Pick<Compiled, 'wasm' | 'table'> & { guards: readonly { key: string }[] }

export function formOf(
  { tier, distrust, profile }: Pick<CompileJob, 'tier' | 'distrust' | 'profile'>,
  { wasm, table, guards }: Product,
  module: WebAssembly.Module,
): Form {
  return {
    tier,
    module,
    wasmBytes: wasm.length,
    table,
    guards: guards.map(({ key }) => key),
    distrust,
    profile,
  }
}
