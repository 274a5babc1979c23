import type { CompiledTier, CompileOutcome } from './job.js'

/** What an engine's tiers have done since it was created. Sizes in bytes, times in milliseconds. */
export type TierMetrics = {
  /** Turns of a frame in each tier: a turn ends with the frame, at a call, or after many jumps. */
  runs: { tier0: number; tier1a: number; tier1b: number }
  /** Codes that have a compiled form now, by its tier. */
  compiled: number
  universal: number
  optimised: number
  /** Codes that stay in a lower tier for good. */
  denied: number
  /** How often, by reason. */
  deniedBecause: Record<string, number>
  /** Codes that wait for the compiler. */
  waiting: number
  /** Requests dropped because too many waited. */
  dropped: number
  /** WebAssembly held in memory. */
  bytes: number
  /** Time in our compilers, and in V8's. */
  generateMs: number
  translateMs: number
  /** Guards of optimised code that failed, and codes compiled anew for it. */
  guardFailures: number
  recompiled: number
  /** Compiled code found on disk, or not. */
  cacheHits: number
  cacheMisses: number
  /** Whether compilations can be had at all: not after the compile worker failed. */
  compilerAvailable: boolean
}

/** Counts for one engine. */
export class TierCounters {
  readonly runs = { tier0: 0, tier1a: 0, tier1b: 0 }
  readonly deniedBecause: Record<string, number> = {}
  dropped = 0
  generateMs = 0
  translateMs = 0
  guardFailures = 0
  recompiled = 0
  cacheHits = 0
  cacheMisses = 0

  outcome(tier: CompiledTier, outcome: CompileOutcome): void {
    this.generateMs += outcome.generateMs
    this.translateMs += outcome.translateMs
    if (outcome.cache === 'hit') this.cacheHits++
    if (outcome.cache === 'miss') this.cacheMisses++
    if (outcome.denied !== undefined) {
      const reason = `${tier}: ${outcome.denied}`
      this.deniedBecause[reason] = (this.deniedBecause[reason] ?? 0) + 1
    }
  }
}
