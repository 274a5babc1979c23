import type { CompileWorker } from './compileWorker.js'
import type { CacheOptions } from './diskCache.js'
import { type CompileJob, type CompileOutcome, compileNow, type Form } from './job.js'
import { TierCounters, type TierMetrics } from './metrics.js'

/** Most codes that one engine knows, and most WebAssembly that it keeps of them. */
const maxCodes = 2_048
const maxBytes = 96 * 1024 * 1024

/** Times that a code is compiled anew for guards that failed; after that nothing is taken for granted any more. */
const maxRecompilations = 4

/** What an engine knows of one code under one fork's prices. */
export type Code = {
  form: Form | undefined
  /** Changes with the form. */
  version: number
  waiting: boolean
  /** No form of this tier is to be had. */
  denied: { '1a': boolean; '1b': boolean }
  /** Guards that failed in any kernel. */
  distrust: Set<string>
  recompilations: number
  /** The form was called into question by {@link CodeCache.distrust}. */
  doubted: boolean
  /** No longer among the engine's codes; what still comes for it is dropped. */
  forgotten: boolean
}

/** Compiled code by fork and code hash, shared by all kernels of an engine. */
export class CodeCache {
  readonly counters = new TierCounters()
  readonly #codes = new Map<string, Code>()
  /** `fork:hash` of what the disk had when it was opened. */
  #onDisk: ReadonlySet<string> = new Set()
  /** First four bytes of the hashes of all that has or had a form, or is on disk: most code can be told apart by them. */
  readonly #beginnings = new Set<number>()
  /** A bit for the first two bytes of each of these, little-endian; kernels have a copy. */
  readonly starts = new Uint8Array(8192)
  #bytes = 0

  constructor(
    private readonly worker: CompileWorker | undefined,
    private readonly disk?: CacheOptions,
  ) {
    if (disk) worker?.open(disk, (keys) => this.#learn(keys))
  }

  get metrics(): TierMetrics {
    const { counters } = this
    const codes = [...this.#codes.values()]
    const tiers = codes.map(({ form }) => form?.tier)
    const universal = tiers.filter((tier) => tier === '1a').length
    const optimised = tiers.filter((tier) => tier === '1b').length
    return {
      runs: { ...counters.runs },
      compiled: universal + optimised,
      universal,
      optimised,
      denied: codes.filter(({ denied }) => denied['1a'] || denied['1b']).length,
      deniedBecause: { ...counters.deniedBecause },
      waiting: codes.filter(({ waiting }) => waiting).length,
      dropped: counters.dropped,
      bytes: this.#bytes,
      generateMs: counters.generateMs,
      translateMs: counters.translateMs,
      guardFailures: counters.guardFailures,
      recompiled: counters.recompiled,
      cacheHits: counters.cacheHits,
      cacheMisses: counters.cacheMisses,
      compilerAvailable: this.worker?.available ?? true,
    }
  }

  /** Changes with `starts`. */
  get startsVersion(): number {
    return this.#beginnings.size
  }

  /** Takes in what the worker has finished. */
  poll(): void {
    this.worker?.poll()
  }

  /** What is known of a code; the longest unused is forgotten for a new one. */
  code(key: string): Code {
    const known = this.#codes.get(key)
    if (known) {
      this.#codes.delete(key)
      this.#codes.set(key, known)
      return known
    }
    if (this.#codes.size >= maxCodes) this.#forgetOldest()
    const code: Code = {
      form: undefined,
      version: 0,
      waiting: false,
      denied: { '1a': false, '1b': false },
      distrust: new Set(),
      recompilations: 0,
      doubted: false,
      forgotten: false,
    }
    this.#codes.set(key, code)
    return code
  }

  /** Whether {@link knows} may be true of a code whose hash begins so, little-endian: a short call must not pay for more. */
  mayKnow(beginning: number): boolean {
    return this.#beginnings.has(beginning)
  }

  knows(key: string): boolean {
    return this.#codes.get(key)?.form !== undefined || this.#onDisk.has(key)
  }

  /** Guards of the code's form failed: it is to be compiled anew without them. */
  distrust(code: Code, guards: readonly string[], failures: number): void {
    this.counters.guardFailures += failures
    for (const guard of guards) code.distrust.add(guard)
    if (code.doubted) return
    code.doubted = true
    code.recompilations++
    this.counters.recompiled++
  }

  /** Compiles at once. */
  compile(code: Code, job: CompileJob): void {
    this.#take(code, job, compileNow(this.#refine(code, job)))
  }

  /** Has the worker compile; the form comes later, if at all. With `loadOnly` it is only looked up on disk. */
  request(code: Code, job: CompileJob, loadOnly = false): void {
    if (code.waiting) return
    const directory = this.disk?.directory
    code.waiting =
      this.worker?.request(this.#refine(code, job), { directory, loadOnly }, (outcome) => {
        code.waiting = false
        this.#take(code, job, outcome)
      }) ?? false
    if (!code.waiting) this.counters.dropped++
  }

  /** After too many disappointments the universal compiler has the last word. */
  #refine(code: Code, job: CompileJob): CompileJob {
    if (job.tier === '1a') return job
    const tier = code.recompilations > maxRecompilations ? '1a' : '1b'
    return { ...job, tier, distrust: [...code.distrust] }
  }

  #take(code: Code, job: CompileJob, outcome: CompileOutcome): void {
    this.counters.outcome(job.tier, outcome)
    if (code.forgotten) return
    const { form } = outcome
    if (outcome.denied !== undefined || code.recompilations > maxRecompilations) code.denied[job.tier] = true
    // A form in doubt is better than none: its guards hold it to the truth.
    code.doubted = false
    if (form === undefined) return
    this.#begin(job.hash)
    this.#bytes += form.wasmBytes - (code.form?.wasmBytes ?? 0)
    code.form = form
    code.version++
    for (const guard of form.distrust) code.distrust.add(guard)
    while (this.#bytes > maxBytes && this.#codes.size > 1) this.#forgetOldest()
  }

  #learn(keys: readonly string[]): void {
    this.#onDisk = new Set(keys)
    for (const key of keys) this.#begin(key.slice(key.indexOf(':') + 1))
  }

  #begin(hash: string): void {
    const beginning = beginningOf(hash)
    this.#beginnings.add(beginning)
    const start = beginning & 0xffff
    this.starts[start >> 3]! |= 1 << (start & 7)
  }

  #forgetOldest(): void {
    const [key, code] = this.#codes.entries().next().value!
    this.#codes.delete(key)
    code.forgotten = true
    this.#bytes -= code.form?.wasmBytes ?? 0
  }
}

/** The first four bytes of a hash in hex, as the kernel's memory has them. */
const beginningOf = (hash: string): number => Buffer.from(hash.slice(0, 8), 'hex').readUInt32LE()
