import { type Front, wordOf } from './front.js'
import type { Version } from './version.js'

const addressLength = 20

/**
 * Keeps the front's tables at one version, the head. They move to a later version by applying the changes; reads of another version
 * do not use them.
 */
export class HotState {
  readonly #front: Front
  #version: Version | undefined
  /** The last change ended in its middle: its number is odd, so that nobody believes the tables, until they begin anew. */
  #failed = false
  #failures = 0

  constructor(front: Front) {
    this.#front = front
  }

  /** How often a change ended in its middle. */
  get failures(): number {
    return this.#failures
  }

  /** Takes this version as the head if there is none yet. */
  adopt(version: Version): void {
    if (!this.#version && !this.#failed) this.#change(version, () => this.#begin(version))
  }

  /**
   * Moves the head to `version`: by its changes if it descends from the head, else by beginning anew, with the empty state if its changes
   * since then are at hand. The tables are a cache: when that fails nothing is lost but what they knew, and they begin anew with the next
   * version.
   */
  advance(version: Version): void {
    const path: Version[] = []
    let ancestor: Version | undefined = version
    while (ancestor && ancestor !== this.#version && ancestor.batches.length > 0 && !ancestor.hashed) {
      path.push(ancestor)
      ancestor = ancestor.parent
    }
    const move = (): void => {
      if ((!ancestor || ancestor !== this.#version) && !this.#begin(ancestor)) return
      for (const step of path.reverse()) this.#apply(step)
    }
    try {
      this.#change(version, move)
      this.#failed = false
    } catch {
      this.#version = undefined
      this.#failed = true
      this.#failures++
    }
  }

  /**
   * Where the account's entry is in `bytes` (layout: the kernel's `metisdb/hot.ts`), 0 when the table does not know. For
   * readers that want bytes and no objects.
   */
  entry(address: Uint8Array): number {
    if (this.#failed) return 0
    const entry = this.#front.exports.entryOf(
      wordOf(address, 0),
      wordOf(address, 4),
      wordOf(address, 8),
      wordOf(address, 12),
      wordOf(address, 16),
    )
    // Tables for 2^24 accounts reach beyond 2 GiB, where WebAssembly's numbers are negative.
    return entry >>> 0
  }

  /** Looks up to 50,000 addresses up without leaving WebAssembly; returns how many the table knows. */
  entries(addresses: Uint8Array): number {
    if (this.#failed) return 0
    const { bytes, words, exports, inputAt } = this.#front
    const count = addresses.length / addressLength
    bytes.set(addresses, inputAt)
    const out = (inputAt + addresses.length + 3) & ~3
    exports.findAccounts(inputAt, count, out)
    const found = words.subarray(out >>> 2, (out >>> 2) + count)
    return found.reduce((known, entry) => known + (entry === 0 ? 0 : 1), 0)
  }

  get bytes(): Uint8Array {
    return this.#front.bytes
  }

  #change(version: Version, action: () => void): void {
    const { exports } = this.#front
    exports.beginEpoch()
    action()
    this.#version = version
    exports.endEpoch(this.#front.numberOf(version))
  }

  /** Empties the tables; whether they then know all that the version has, which is nothing. */
  #begin(version: Version | undefined): boolean {
    const { exports } = this.#front
    const isEmpty = version?.refs.every((ref) => ref === 0) ?? false
    if (isEmpty) exports.clearToEmpty()
    else {
      exports.clearAccounts()
      exports.clearSlots()
    }
    return isEmpty
  }

  #apply({ batches, clearsStorage }: Version): void {
    const { bytes, exports, inputAt } = this.#front
    for (const batch of batches) {
      bytes.set(batch, inputAt)
      exports.hotBatch(inputAt, inputAt + batch.length)
    }
    // Afterwards: what goes may be slots that the same batch has brought.
    if (clearsStorage) exports.clearSlots()
  }
}
