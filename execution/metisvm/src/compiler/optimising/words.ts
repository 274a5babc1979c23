import { constantWord, type Word } from '../word.js'
import { isConstantValue, max64, type Value } from './value.js'

const max128 = (1n << 128n) - 1n
const max192 = (1n << 192n) - 1n

/** Limbs of 64 bits that a word up to `max` needs. */
export const limbsFor = (max: bigint): number =>
  max <= max64 ? 1 : max <= max128 ? 2 : max <= max192 ? 3 : 4

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
    const [a, b, c, d] = word
    if ((count > 1 || b === 0n) && (count > 2 || c === 0n) && (count > 3 || d === 0n)) return word
    return [a, count > 1 ? b : 0n, count > 2 ? c : 0n, 0n]
  }
}
