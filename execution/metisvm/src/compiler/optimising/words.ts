import { constantWord, type Limb, type Word } from '../word.js'
import { isConstantValue, type Value } from './value.js'

/** Limbs of 64 bits that a word up to `max` needs. */
export const limbsFor = (max: bigint): number =>
  max >> 64n === 0n ? 1 : max >> 128n === 0n ? 2 : max >> 192n === 0n ? 3 : 4

/** Where the words of values are, by the values' ids. */
export class Words {
  readonly #words = new Map<number, Word>()

  define(id: number, word: Word): void {
    this.#words.set(id, word)
  }

  /** Nobody uses the value any more; the caller releases its limbs. */
  forget(id: number): Word {
    const word = this.#words.get(id)!
    this.#words.delete(id)
    return word
  }

  /** Limbs that the value's range leaves no room for are zero. */
  of(value: Value): Word {
    if (isConstantValue(value)) return constantWord(value.max)
    const word = this.#words.get(value.id)
    if (word === undefined) throw new Error(`value ${value.id} is used where it was not computed`)
    const count = limbsFor(value.max)
    return word.map((limb, i): Limb => (i < count ? limb : 0n)) as unknown as Word
  }
}
