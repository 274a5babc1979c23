import {
  createRuntime,
  decodeProgram,
  InferenceError,
  type Model,
  type ProgramLimits,
} from '@metis-stack/inference'
import { concat, keccak256Hex } from '@metis-stack/kernel'

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

  /**
   * The model of a program that comes in pieces, or `undefined` when the bytes are not of this hash or no program within the
   * limits.
   */
  load(modelHash: string, pieces: readonly Uint8Array[], limits: ProgramLimits): Model | undefined {
    const known = this.#entries.get(modelHash)
    if (known && isMadeOf(known.program, pieces)) {
      this.#entries.delete(modelHash)
      this.#entries.set(modelHash, known)
      return known.model
    }
    const program = concat(...pieces)
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

/** Compares without joining: on a hit, this is most of what a call costs. */
function isMadeOf(program: Uint8Array, pieces: readonly Uint8Array[]): boolean {
  let at = 0
  for (const piece of pieces) {
    if (Buffer.compare(program.subarray(at, at + piece.length), piece) !== 0) return false
    at += piece.length
  }
  return at === program.length
}
