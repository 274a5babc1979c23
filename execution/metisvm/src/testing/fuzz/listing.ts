import { instructionsOf } from './opcodes.js'

const jumpdest = 0x5b
const push2 = 0x61

/** A program as instructions that may be moved: PUSH2 of a jump destination follows its destination. */
export class Listing {
  readonly instructions: number[][] = []
  readonly #links = new Map<number[], number[]>()

  constructor(code: Uint8Array) {
    this.instructions.push(...this.read(code))
  }

  /** Instructions of another program, whose jumps lead to each other when they come along. */
  read(code: Uint8Array): number[][] {
    const instructions = instructionsOf(code)
    const targets = new Map<number, number[]>()
    for (const [offset, bytes] of offsets(instructions)) if (bytes[0] === jumpdest) targets.set(offset, bytes)
    for (const bytes of instructions) {
      const target = bytes[0] === push2 && targets.get((bytes[1]! << 8) | bytes[2]!)
      if (target) this.#links.set(bytes, target)
    }
    return instructions
  }

  /** A PUSH2 of where `target` is in the end. */
  linkTo(target: number[]): number[] {
    const push = [push2, 0, 0]
    this.#links.set(push, target)
    return push
  }

  finish(): Uint8Array {
    const placed = new Map([...offsets(this.instructions)].map(([offset, bytes]) => [bytes, offset]))
    const code: number[] = []
    for (const bytes of this.instructions) {
      const target = this.#links.get(bytes)
      const offset = target && placed.get(target)
      if (offset === undefined) code.push(...bytes)
      else code.push(push2, offset >> 8, offset & 0xff)
    }
    return Uint8Array.from(code)
  }
}

function* offsets(instructions: number[][]): Generator<[offset: number, bytes: number[]]> {
  let offset = 0
  for (const bytes of instructions) {
    yield [offset, bytes]
    offset += bytes.length
  }
}
