import { type Block, jumpdest } from '../blocks.js'
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
    let [high, value] = [0n, 0]
    for (let i = 1; i <= size; i++) {
      if (i > 1 && (size - i) % 6 === 5) {
        high = (high << 48n) | BigInt(value)
        value = 0
      }
      // Code that ends within the immediate goes on with zeros.
      value = value * 256 + (code[pc + i] ?? 0)
    }
    if (high !== 0n) return constant((high << 48n) | BigInt(value))
    const isLabel = value < code.length && code[value] === jumpdest && this.blockAt.has(value)
    return constant(BigInt(value), isLabel)
  }
}
