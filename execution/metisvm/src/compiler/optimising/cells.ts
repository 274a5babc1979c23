import type { Emitter } from '../emitter.js'
import type { Limb, Word } from '../word.js'

/** Bytes of a limb, and of a word. */
const limb = 8
const word = 32

/** Limbs known at a time; each is a local that nobody else may use. */
const most = 256

/**
 * What a block has stored at offsets that are known where it is compiled, by limbs: where code packs several small words into one, loads
 * and stores overlap. Memory has all of it too, so nobody else needs to know; what may change memory in another way makes it forget.
 */
export class Cells {
  /** By offset: eight bytes of memory, the first of them the most significant. */
  readonly #limbs = new Map<number, Limb>()

  constructor(private readonly e: Emitter) {}

  /** The word at an offset, when all of it is known; the caller releases its limbs. */
  load(offset: number): Word | undefined {
    const found: Limb[] = []
    for (let at = offset + word - limb; at >= offset; at -= limb) {
      const known = this.#limbs.get(at)
      if (known === undefined) return undefined
      found.push(known)
    }
    return this.e.holdWord(found as unknown as Word)
  }

  store(offset: number, value: Word): void {
    this.forget(offset, word)
    if (this.#limbs.size + word / limb > most) this.clear()
    for (const [i, part] of value.entries())
      this.#limbs.set(offset + word - limb - limb * i, this.e.hold(part))
  }

  /** `size` bytes at an offset change. */
  forget(offset: number, size: number): void {
    for (let at = offset - limb + 1; at < offset + size; at++) {
      const known = this.#limbs.get(at)
      if (known === undefined) continue
      this.e.release(known)
      this.#limbs.delete(at)
    }
  }

  /** Any of memory may change. */
  clear(): void {
    for (const known of this.#limbs.values()) this.e.release(known)
    this.#limbs.clear()
  }
}
