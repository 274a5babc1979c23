import { bytesToHex, equalBytes, keccak256 } from '@metis-stack/kernel'
import { StateError } from './errors.js'
import { keyOf } from './key.js'
import type { Store } from './store.js'

/** Codes of the store, checked against their hash when first read, the last ones kept in memory. */
export class Codes {
  readonly #store: Store
  readonly #maximumBytes: number
  readonly #cached = new Map<string, Uint8Array>()
  #bytes = 0

  constructor(store: Store, maximumBytes: number) {
    this.#store = store
    this.#maximumBytes = maximumBytes
  }

  /**
   * `undefined` when the store does not have it.
   *
   * @throws {StateError} `damaged` when the store has other bytes.
   */
  get(hash: Uint8Array): Uint8Array | undefined {
    const key = keyOf(hash)
    const cached = this.#cached.get(key)
    if (cached) return cached
    const code = this.#store.code(hash)
    if (!code) return undefined
    if (!equalBytes(keccak256(code), hash)) {
      throw new StateError('damaged', `The bytes stored for code ${bytesToHex(hash)} do not have that hash.`)
    }
    if (this.#bytes + code.length > this.#maximumBytes) {
      this.#cached.clear()
      this.#bytes = 0
    }
    this.#cached.set(key, code)
    this.#bytes += code.length
    return code
  }
}
