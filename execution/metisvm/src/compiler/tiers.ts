import { bytesToHex } from '@metis-stack/kernel'
import type { Compiler, Kernel } from '../kernel/kernel.js'
import { code as codeLayout, opcodeTable } from '../kernel/layout.js'
import { imports } from './abi.js'
import { type Compiled, compile } from './compile.js'
import { readSchedule, type Schedule } from './schedule.js'

/**
 * When code is compiled: `tier0` never, `compiled` before its first run (for tests: whatever can be compiled is), `natural` when
 * the interpreter has worked on it for as long as compiling takes.
 */
export type TierMode = 'tier0' | 'compiled' | 'natural'

/**
 * Interpreted jumps for each byte of code before it is compiled. A jump and what goes with it take some 150 ns, compiling some 5 µs a
 * byte: here the interpreter has spent what the compiler will, so that it never costs more than twice the best choice.
 */
const naturalJumpsPerByte = 32

/** Most compiled codes that one cache keeps. */
const capacity = 2_048

export type TierCounts = { compiled: number; denied: number; waiting: number }

/** Code in its compiled form; `denied` when it is over budget. */
type Entry = { compiled: Compiled; module: WebAssembly.Module } | 'denied'

/** Compiled code by fork and code hash, shared by all kernels of an engine. */
export class CodeCache {
  readonly #entries = new Map<string, Entry>()
  readonly #waiting = new Map<string, () => Compiled | undefined>()
  #busy = false

  /** Codes that are compiled, that were refused, and that wait. */
  get counts(): TierCounts {
    let denied = 0
    for (const entry of this.#entries.values()) if (entry === 'denied') denied++
    return { compiled: this.#entries.size - denied, denied, waiting: this.#waiting.size }
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  /** Compiles at once. */
  compile(key: string, make: () => Compiled | undefined): Entry {
    const compiled = make()
    const entry: Entry = compiled
      ? { compiled, module: new WebAssembly.Module(compiled.wasm as BufferSource) }
      : 'denied'
    this.#keep(key, entry)
    return entry
  }

  /**
   * Compiles when the event loop has nothing better to do, one code after the other; V8 translates on its own threads. Code that
   * cannot be compiled, for whatever reason, stays with the interpreter.
   */
  schedule(key: string, make: () => Compiled | undefined): void {
    if (this.#waiting.size >= capacity || this.#waiting.has(key)) return
    this.#waiting.set(key, make)
    if (!this.#busy) void this.#drain()
  }

  async #drain(): Promise<void> {
    this.#busy = true
    for (const [key, make] of this.#waiting) {
      await new Promise((resolve) => setImmediate(resolve))
      try {
        const compiled = make()
        const module = compiled && (await WebAssembly.compile(compiled.wasm as BufferSource))
        this.#keep(key, compiled && module ? { compiled, module } : 'denied')
      } catch {
        this.#keep(key, 'denied')
      }
      this.#waiting.delete(key)
    }
    this.#busy = false
  }

  #keep(key: string, entry: Entry): void {
    if (this.#entries.size >= capacity) this.#entries.delete(this.#entries.keys().next().value!)
    this.#entries.set(key, entry)
  }
}

/** Gives the code of one kernel its compiled form when the kernel asks for it. */
export class Tiers implements Compiler {
  readonly #functions = new Map<string, number>()
  readonly #schedules = new Map<number, Schedule>()

  constructor(
    private readonly kernel: Kernel,
    private readonly mode: TierMode,
    private readonly cache: CodeCache,
  ) {
    if (mode !== 'tier0')
      kernel.exports.enableCompiler(
        mode === 'compiled' ? 0 : naturalJumpsPerByte,
        0xffff_ffff,
        0xffff_ffff,
        false,
      )
  }

  /** The kernel's request for the code record at `record`. */
  compile(record: number, fork: number): void {
    const { kernel } = this
    const size = kernel.view.getUint32(record + codeLayout.size, true)
    if (size === 0 || this.#functions.size >= capacity) return
    const hash = kernel.bytes.subarray(record + codeLayout.hash, record + codeLayout.hash + 32)
    const key = `${fork}:${bytesToHex(hash)}`
    const entry = this.cache.get(key) ?? this.#request(key, record, size, fork)
    if (entry === undefined) return
    if (entry === 'denied') return
    const index = this.#instantiate(key, entry.module)
    if (index === undefined) return
    const at = kernel.exports.attach(record, index, 3)
    kernel.bytes.set(new Uint8Array(entry.compiled.table.buffer), at)
  }

  /** A node that has no room for one more instance goes on interpreting; tests want to see why. */
  #instantiate(key: string, module: WebAssembly.Module): number | undefined {
    if (this.mode === 'compiled') return this.#function(key, module)
    try {
      return this.#function(key, module)
    } catch {
      return undefined
    }
  }

  #request(key: string, record: number, size: number, fork: number): Entry | undefined {
    const bytes = this.kernel.bytes.slice(record + codeLayout.bytes, record + codeLayout.bytes + size)
    const schedule = this.#schedule(fork)
    const make = (): Compiled | undefined => compile(bytes, schedule)
    if (this.mode === 'compiled') return this.cache.compile(key, make)
    this.cache.schedule(key, make)
    return undefined
  }

  /** Index in the kernel's function table. */
  #function(key: string, module: WebAssembly.Module): number {
    const known = this.#functions.get(key)
    if (known !== undefined) return known
    const { exports } = this.kernel
    const env: WebAssembly.ModuleImports = { memory: exports.memory }
    for (const { name } of imports) env[name] = (exports as unknown as WebAssembly.Exports)[name]!
    const instance = new WebAssembly.Instance(module, { env })
    const index = exports.table.grow(1)
    exports.table.set(index, instance.exports.run)
    this.#functions.set(key, index)
    return index
  }

  #schedule(fork: number): Schedule {
    const known = this.#schedules.get(fork)
    if (known) return known
    const schedule = readSchedule(this.kernel.view, opcodeTable)
    this.#schedules.set(fork, schedule)
    return schedule
  }
}
