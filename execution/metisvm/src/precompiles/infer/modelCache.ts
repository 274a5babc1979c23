import {
  createRuntime,
  decodeProgram,
  InferenceError,
  type Model,
  type Program,
  type ProgramLimits,
} from '@metis-stack/inference'
import { concat, equalBytes, keccak256 } from '@metis-stack/kernel'

/**
 * What a model is made of on the chain: the hash that is asked for, the length that the registry states, and the hashes of the
 * codes that hold its program.
 */
export type ModelIdentity = {
  modelHash: Uint8Array
  programBytes: number
  codeHashes: readonly Uint8Array[]
}

type Loaded = { model: Model; bytes: number }

/** What a model takes beside its constants and the decoded program, about. */
const entryBytes = 4096

/**
 * Loaded models, the least recently used forgotten first. A model is found by the hashes of the very codes that it was loaded from,
 * so results never depend on what a node happens to have run before.
 */
export class ModelCache {
  readonly #models = new Map<string, Loaded>()
  /** Codes of which it is known that together they have the hash asked for; hashing is most of what loading takes. */
  readonly #verified = new Set<string>()
  readonly #runtime = createRuntime()
  readonly #maximumBytes: number
  readonly #maximumVerified: number
  #bytes = 0

  constructor({ maximumBytes = 256 * 2 ** 20, maximumVerified = 2 ** 16 } = {}) {
    this.#maximumBytes = maximumBytes
    this.#maximumVerified = maximumVerified
  }

  /**
   * The model, or `undefined` when its bytes are not of the hash or no program within the limits. `pieces` reads the program's parts
   * in order, and is called only if the model is not loaded; `undefined` when they do not fit together.
   */
  load(
    { modelHash, programBytes, codeHashes }: ModelIdentity,
    pieces: () => readonly Uint8Array[] | undefined,
    limits: ProgramLimits,
  ): Model | undefined {
    const key = `${programBytes}:${Buffer.concat([modelHash, ...codeHashes]).toString('latin1')}`
    const known = this.#models.get(key)
    if (known) {
      this.#models.delete(key)
      this.#models.set(key, known)
      return known.model
    }
    const parts = pieces()
    if (parts === undefined) return undefined
    const bytes = concat(...parts)
    if (!this.#verified.has(key)) {
      if (!equalBytes(keccak256(bytes), modelHash)) return undefined
      this.#remember(key)
    }
    const program = decode(bytes, limits)
    return program && this.#insert(key, this.#runtime.load(program), bytes.length)
  }

  #remember(key: string): void {
    this.#verified.add(key)
    if (this.#verified.size <= this.#maximumVerified) return
    for (const oldest of this.#verified) {
      this.#verified.delete(oldest)
      return
    }
  }

  #insert(key: string, model: Model, programBytes: number): Model {
    const bytes = model.memoryBytes + programBytes + entryBytes
    this.#models.set(key, { model, bytes })
    this.#bytes += bytes
    for (const [oldest, { bytes: freed }] of this.#models) {
      if (this.#bytes <= this.#maximumBytes || oldest === key) break
      this.#models.delete(oldest)
      this.#bytes -= freed
    }
    return model
  }
}

function decode(bytes: Uint8Array, limits: ProgramLimits): Program | undefined {
  try {
    return decodeProgram(bytes, limits)
  } catch (error) {
    // Only what the bytes are to blame for: a machine out of memory must not turn into a result.
    if (error instanceof InferenceError) return undefined
    throw error
  }
}
