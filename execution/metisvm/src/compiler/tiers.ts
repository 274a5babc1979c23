import { bytesToHex } from '@metis-stack/kernel'
import type { Kernel } from '../kernel/kernel.js'
import { code as codeLayout, opcodeTable } from '../kernel/layout.js'
import { imports } from './abi.js'
import { type Compiled, compile } from './compile.js'
import { readSchedule, type Schedule } from './schedule.js'

/**
 * When code is compiled: `tier0` never, `compiled` before its first run (for tests: whatever can be compiled is), `natural` when
 * it has run often enough to be worth it.
 */
export type TierMode = 'tier0' | 'compiled' | 'natural'

/** Runs between two looks at whether a code is worth compiling. */
const naturalThreshold = 8

/** Most compiled codes that one cache keeps. */
const capacity = 2_048

type Entry = { compiled: Compiled; module: WebAssembly.Module } | 'denied'

/** Compiled code by fork and code hash, shared by all kernels of an engine. */
export class CodeCache {
  readonly #entries = new Map<string, Entry>()

  get(key: string, make: () => Compiled | undefined): Entry {
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const compiled = make()
    const entry = compiled
      ? { compiled, module: new WebAssembly.Module(compiled.wasm as BufferSource) }
      : 'denied'
    if (this.#entries.size >= capacity) this.#entries.delete(this.#entries.keys().next().value!)
    this.#entries.set(key, entry)
    return entry
  }
}

/** Gives the code of one kernel its compiled form when the kernel asks for it. */
export class Tiers {
  readonly #functions = new Map<string, number>()
  readonly #schedules = new Map<number, Schedule>()

  constructor(
    private readonly kernel: Kernel,
    mode: TierMode,
    private readonly cache: CodeCache,
  ) {
    kernel.exports.setCompileThreshold({ tier0: 0, compiled: 1, natural: naturalThreshold }[mode])
  }

  /** The kernel's request for the code record at `record`. */
  compile(record: number, fork: number): void {
    const { kernel } = this
    const size = kernel.view.getUint32(record + codeLayout.size, true)
    if (size === 0 || this.#functions.size >= capacity) return
    const hash = kernel.bytes.subarray(record + codeLayout.hash, record + codeLayout.hash + 32)
    const key = `${fork}:${bytesToHex(hash)}`
    const entry = this.cache.get(key, () => {
      const bytes = kernel.bytes.slice(record + codeLayout.bytes, record + codeLayout.bytes + size)
      return compile(bytes, this.#schedule(fork))
    })
    if (entry === 'denied') return
    const at = kernel.exports.attach(record, this.#function(key, entry.module))
    kernel.bytes.set(new Uint8Array(entry.compiled.table.buffer), at)
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
