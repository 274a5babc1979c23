import { type Emitter, wordBytes } from './emitter.js'
import type { Local } from './wasm/body.js'
import type { Word } from './word.js'

type Slot = {
  /** `undefined`: only memory has it. */
  word: Word | undefined
  /** Memory has it. */
  stored: boolean
}

/**
 * The EVM stack as a block sees it. Words live in locals and constants while the block runs, and in their places in memory,
 * counted from `low`, the address of the deepest word the block touches, when it ends or calls a helper.
 */
export class Operands {
  readonly #slots: Slot[] = []
  #top: number

  /** @param needs words on the stack that the block may touch; all of them are in memory. */
  constructor(
    private readonly e: Emitter,
    readonly low: Local,
    needs: number,
  ) {
    for (let i = 0; i < needs; i++) this.#slots.push({ word: undefined, stored: true })
    this.#top = needs - 1
  }

  /** Offset of the top word from `low`, in bytes. */
  get topOffset(): number {
    return this.#top * wordBytes
  }

  push(word: Word): void {
    this.#slots[++this.#top] = { word, stored: false }
  }

  /** Takes the top word; the caller owns its limbs. */
  pop(): Word {
    const word = this.#load(this.#top)
    this.#top--
    return word
  }

  drop(): void {
    const { word } = this.#slots[this.#top]!
    if (word !== undefined) this.e.releaseWord(word)
    this.#top--
  }

  /** The word `depth` below the top, which stays where it is. */
  peek(depth: number): Word {
    const at = this.#top - depth
    const word = this.#load(at)
    this.#slots[at]!.word = word
    return word
  }

  duplicate(depth: number): void {
    this.push(this.e.holdWord(this.peek(depth)))
  }

  exchange(depth: number): void {
    this.peek(0)
    this.peek(depth)
    const [a, b] = [this.#slots[this.#top]!, this.#slots[this.#top - depth]!]
    this.#slots[this.#top] = { word: b.word, stored: false }
    this.#slots[this.#top - depth] = { word: a.word, stored: false }
  }

  /** Writes all words to memory; they stay in locals too. */
  flush(count = this.#top + 1): void {
    for (let at = this.#top - count + 1; at <= this.#top; at++) {
      const slot = this.#slots[at]!
      if (slot.stored) continue
      this.e.storeWord(this.low, at * wordBytes, slot.word!)
      slot.stored = true
    }
  }

  /** After a helper worked in memory: it took `takes` words and left `puts`. */
  replaced(takes: number, puts: number): void {
    for (let i = 0; i < takes; i++) this.drop()
    for (let i = 0; i < puts; i++) this.#slots[++this.#top] = { word: undefined, stored: true }
  }

  /** Gives up all locals, at the end of the block. */
  release(): void {
    while (this.#top >= 0) this.drop()
  }

  #load(at: number): Word {
    const { word } = this.#slots[at]!
    return word ?? this.e.loadWord(this.low, at * wordBytes)
  }
}
