import { bytesToHex } from '@metis-stack/kernel'
import { readSchedule, type Schedule } from '../compiler/schedule.js'
import type { Compiler, Kernel } from '../kernel/kernel.js'
import { code as codeLayout, opcodeTable } from '../kernel/layout.js'
import type { Code, CodeCache } from './codeCache.js'
import type { CompiledTier, CompileJob, Form } from './job.js'
import { readProfile } from './profile.js'

/**
 * When code is compiled. `natural`: by a worker, when a tier has worked on it for as long as compiling for the next one takes.
 * The others are for tests, compile on this thread and before anything else happens: `tier0` never; `compiled` by the universal
 * compiler, before the first run; `optimised` by the optimising compiler, before the first run; `profiled` by the
 * optimising compiler after one profiled turn, and anew as soon as one guard fails.
 */
export type TierMode = 'tier0' | 'compiled' | 'optimised' | 'profiled' | 'natural'

/** When the kernel asks for code to be compiled; see its evm/tier.ts. */
export type Thresholds = {
  /**
   * Work of the interpreter for each byte of code before it is compiled: bytes executed, and eight for a jump. A byte takes some 2.5 ns,
   * compiling one some 5 µs: here the interpreter has spent what the compiler will, so that it never costs more than twice the best
   * choice.
   */
  workPerByte: number
  /** Gas for each byte of code that universally compiled code uses before it is optimised. */
  gasPerByte: number
  /** Failed guards of optimised code before it is compiled anew. */
  failures: number
}

export const naturalThresholds: Thresholds = { workPerByte: 2_048, gasPerByte: 4_096, failures: 16 }

const never = 0xffff_ffff

/** What the kernel knows of a record's compiled form: `tierOf` in its evm/tier.ts. */
const attachment = { universal: 1, requested: 2, universalForGood: 3, optimised: 4 } as const

/** Compiled codes that one kernel holds, and their WebAssembly. They are freed with the kernel only: one that is full is not used again. */
const maxInstances = 2_048
const maxInstanceBytes = 96 * 1024 * 1024

type Attached = { version: number; index: number; form: Form; instance: WebAssembly.Instance }

/** Gives the code of one kernel its compiled form when the kernel asks for it. */
export class Tiers implements Compiler {
  readonly #attached = new Map<string, Attached>()
  readonly #schedules = new Map<number, Schedule>()
  #bytes = 0
  #startsVersion = 0

  constructor(
    private readonly kernel: Kernel,
    private readonly mode: TierMode,
    private readonly cache: CodeCache,
    private readonly thresholds: Thresholds = naturalThresholds,
  ) {
    const { exports } = kernel
    if (mode === 'natural') {
      const { workPerByte, gasPerByte, failures } = thresholds
      // The kernel counts thousands of gas for each KiB.
      exports.enableCompiler(workPerByte, gasPerByte, failures, false)
    } else if (mode !== 'tier0') {
      exports.enableCompiler(0, never, mode === 'compiled' ? never : 1, mode === 'profiled')
    }
  }

  /** No more instances can be had; they stay with the kernel. */
  get isFull(): boolean {
    return this.#attached.size >= maxInstances || this.#bytes >= maxInstanceBytes
  }

  /** Before a session: tells the kernel which code the engine may know. */
  begin(): void {
    const { startsVersion, starts } = this.cache
    if (this.mode !== 'natural' || startsVersion === this.#startsVersion) return
    this.kernel.bytes.set(starts, this.kernel.exports.knownCodes())
    this.#startsVersion = startsVersion
  }

  /** Adds what the kernel has counted to the engine's metrics. */
  report(): void {
    const at = this.kernel.exports.tierRuns()
    const { runs } = this.cache.counters
    for (const [i, tier] of (['tier0', 'tier1a', 'tier1b'] as const).entries()) {
      runs[tier] += Number(this.kernel.view.getBigUint64(at + 8 * i, true))
      this.kernel.view.setBigUint64(at + 8 * i, 0n, true)
    }
  }

  /** The kernel's request for the code record at `record`. */
  compile(record: number, fork: number): void {
    const { kernel, cache } = this
    const { view } = kernel
    const size = view.getUint32(record + codeLayout.size, true)
    if (size === 0 || this.isFull) return
    const firstSight = this.mode === 'natural' && view.getUint32(record + codeLayout.heat, true) === 0
    if (firstSight && !cache.mayKnow(view.getUint32(record + codeLayout.hash, true))) return
    if (this.mode === 'natural') cache.poll()
    const hash = bytesToHex(
      kernel.bytes.subarray(record + codeLayout.hash, record + codeLayout.hash + 32),
    ).slice(2)
    const key = `${fork}:${hash}`
    if (firstSight && !cache.knows(key)) return
    const code = cache.code(key)
    this.#readGuards(record, key, code)
    const tier = this.#wanted(record, code)
    const loadOnly = firstSight && code.form === undefined
    if (tier !== undefined && !code.waiting) {
      const job = this.#job(record, size, hash, fork, tier, code)
      if (this.mode === 'natural') cache.request(code, job, loadOnly)
      else cache.compile(code, job)
    }
    // What the disk has is worth taking long before compiling is.
    if (loadOnly) view.setUint32(record + codeLayout.heat, this.thresholds.workPerByte * size * 0.87, true)
    this.#attach(record, key, code)
  }

  /** Hands on which guards failed since the last time. */
  #readGuards(record: number, key: string, code: Code): void {
    const { view } = this.kernel
    const failures = view.getUint32(record + codeLayout.failures, true)
    if (failures === 0) return
    view.setUint32(record + codeLayout.failures, 0, true)
    const attached = this.#attached.get(key)
    // Another kernel may have seen to it already.
    if (attached === undefined || attached.version !== code.version) return
    const failed = attached.form.guards.filter((_, i) => {
      const counter = attached.instance.exports[`guard${i}`]
      if (!(counter instanceof WebAssembly.Global) || counter.value === 0) return false
      counter.value = 0
      return true
    })
    this.cache.distrust(code, failed, failures)
  }

  /** The tier that the code should be compiled for now. */
  #wanted(record: number, code: Code): CompiledTier | undefined {
    const { form, denied } = code
    if (code.doubted) return denied['1b'] ? '1a' : '1b'
    if (form === undefined) {
      const first = this.mode === 'natural' || this.mode === 'compiled' ? '1a' : '1b'
      return denied[first] ? undefined : first
    }
    if (form.tier === '1b' || denied['1b'] || this.mode === 'compiled') return undefined
    const asked = this.kernel.view.getUint32(record + codeLayout.tier, true) === attachment.requested
    return asked ? '1b' : undefined
  }

  #job(
    record: number,
    size: number,
    hash: string,
    fork: number,
    tier: CompiledTier,
    known: Code,
  ): CompileJob {
    const { kernel } = this
    return {
      code: kernel.bytes.slice(record + codeLayout.bytes, record + codeLayout.bytes + size),
      hash,
      fork,
      schedule: this.#schedule(fork),
      tier,
      // Code from the disk was never interpreted here.
      profile: tier === '1b' ? (readProfile(kernel, record) ?? known.form?.profile) : undefined,
      distrust: [],
    }
  }

  /** Lets the kernel run what there is. */
  #attach(record: number, key: string, code: Code): void {
    const { form } = code
    if (form === undefined) return
    const attached = this.#instantiate(key, code, form)
    if (attached === undefined) return
    const at = this.kernel.exports.attach(record, attached.index, this.#attachment(code, form))
    this.kernel.bytes.set(new Uint8Array(form.table.buffer, form.table.byteOffset, form.table.byteLength), at)
  }

  #attachment(code: Code, form: Form): number {
    if (form.tier === '1b') return attachment.optimised
    if (this.mode !== 'natural' || code.denied['1b']) return attachment.universalForGood
    return code.waiting ? attachment.requested : attachment.universal
  }

  /** A node that has no room for one more instance goes on interpreting; tests want to see why. */
  #instantiate(key: string, code: Code, form: Form): Attached | undefined {
    const known = this.#attached.get(key)
    if (known?.version === code.version && known.form === form) return known
    try {
      return this.#replace(key, code, form, known)
    } catch (error) {
      if (this.mode === 'natural') return undefined
      throw error
    }
  }

  /** The kernel calls compiled code through its function table, where a new form takes the place of the one before. */
  #replace(key: string, code: Code, form: Form, known: Attached | undefined): Attached {
    const { exports } = this.kernel
    const env = { ...(exports as unknown as WebAssembly.ModuleImports) }
    const instance = new WebAssembly.Instance(form.module, { env })
    const index = known?.index ?? exports.table.grow(1)
    exports.table.set(index, instance.exports.run)
    const attached = { version: code.version, index, form, instance }
    this.#attached.set(key, attached)
    this.#bytes += form.wasmBytes - (known?.form.wasmBytes ?? 0)
    return attached
  }

  #schedule(fork: number): Schedule {
    const known = this.#schedules.get(fork)
    if (known) return known
    const schedule = readSchedule(this.kernel.view, opcodeTable)
    this.#schedules.set(fork, schedule)
    return schedule
  }
}
