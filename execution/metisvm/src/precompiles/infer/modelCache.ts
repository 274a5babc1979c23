import {
  createRuntime,
  decodeProgram,
  InferenceError,
  type Model,
  type ProgramLimits,
} from '@metis-stack/inference'
import { equalBytes, keccak256Hex } from '@metis-stack/kernel'

/**
 * Loaded models by hash, the least recently used evicted. A hit is served only when the bytes from the chain are those the
 * model was loaded from, so results never depend on what a node happens to have run before.
 */
export class ModelCache {
  readonly #entries = new Map<string, { program: Uint8Array; model: Model; bytes: number }>()
  readonly #runtime = createRuntime()
  readonly #maximumBytes: number
  readonly #maximumModels: number
  #bytes = 0

  /** `maximumModels` bounds address space: an engine reserves gigabytes of it for each WebAssembly memory. */
  constructor({ maximumBytes = 256 * 2 ** 20, maximumModels = 32 } = {}) {
    this.#maximumBytes = maximumBytes
    this.#maximumModels = maximumModels
  }

  /** The model of a program, or `undefined` when the bytes are not of this hash or no program within the limits. */
  load(modelHash: string, program: Uint8Array, limits: ProgramLimits): Model | undefined {
    const known = this.#entries.get(modelHash)
    if (known && sameBytes(known.program, program)) {
      this.#entries.delete(modelHash)
      this.#entries.set(modelHash, known)
      return known.model
    }
    if (keccak256Hex(program) !== modelHash) return undefined
    const model = this.#decode(program, limits)
    if (model) this.#insert(modelHash, { program, model, bytes: program.length + model.memoryBytes })
    return model
  }

  #decode(program: Uint8Array, limits: ProgramLimits): Model | undefined {
    try {
      return this.#runtime.load(decodeProgram(program, limits))
    } catch (error) {
      // Only what the bytes are to blame for: a machine out of memory must not turn into a result.
      if (error instanceof InferenceError) return undefined
      throw error
    }
  }

  #insert(modelHash: string, entry: { program: Uint8Array; model: Model; bytes: number }): void {
    this.#entries.set(modelHash, entry)
    this.#bytes += entry.bytes
    for (const [oldest, { bytes }] of this.#entries) {
      if (oldest === modelHash) return
      if (this.#bytes <= this.#maximumBytes && this.#entries.size <= this.#maximumModels) return
      this.#entries.delete(oldest)
      this.#bytes -= bytes
    }
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return (
    a.length === b.length && (typeof Buffer === 'undefined' ? equalBytes(a, b) : Buffer.compare(a, b) === 0)
  )
}
