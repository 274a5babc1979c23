import { type Block, immediateOf, jumpdest } from '../blocks.js'
import { constant, type Value } from './value.js'

/** What the PUSHes of a code push: each is read once, however often its block is looked at. */
export class Pushes {
  readonly #known: (Value | undefined)[]

  constructor(
    private readonly code: Uint8Array,
    private readonly blockAt: ReadonlyMap<number, Block>,
  ) {
    this.#known = new Array(code.length)
  }

  /** For the PUSH of `size` bytes at a code offset. */
  at(pc: number, size: number): Value {
    const known = this.#known[pc] ?? this.#read(pc, size)
    this.#known[pc] = known
    return known
  }

  #read(pc: number, size: number): Value {
    const { code } = this
    const value = immediateOf(code, pc, size)
    const isLabel = value < code.length && code[Number(value)] === jumpdest && this.blockAt.has(Number(value))
    return constant(value, isLabel)
  }
}
