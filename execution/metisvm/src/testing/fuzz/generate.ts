import type { Fork } from '../../interface.js'
import { randomContract } from './contract.js'
import { knownJumpsProgram } from './knownJumps.js'
import { allOpcodes, isAtLeast, plainOpcodes, supports } from './opcodes.js'
import { packedProgram } from './packed.js'
import type { Random } from './random.js'
import { wayProgram } from './ways.js'
import { pushBytes, randomWord } from './words.js'

/** Accounts that programs meet: contracts, precompiles, nobody, the coinbase, the sender, a delegated account. */
export const neighbours = [0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 1, 2, 3, 4, 5, 6, 9, 0xee, 0xcb, 0xaa, 0xde] as const

/** A program of one of several kinds. */
export function randomProgram(random: Random, fork: Fork): Uint8Array {
  return random.weighted<() => Uint8Array>([
    [8, () => randomContract(random, fork)],
    [6, () => straightProgram(random, fork)],
    [2, () => wayProgram(random)],
    [3, () => packedProgram(random, fork)],
    [2, () => knownJumpsProgram(random)],
    [1, () => random.bytes(random.between(1, 120))],
    [1, () => anyOpcodes(random)],
  ])()
}

/** Operands are there and offsets are small, so it mostly runs to its end; jumps lead forward over an invalid byte. */
export function straightProgram(random: Random, fork: Fork): Uint8Array {
  const writer = new StraightWriter(random, fork)
  return writer.write(random.between(1, random.pick([5, 5, 8, 12, 40])))
}

/** Calls, creations and storage more than anything else; it creates from its own code too. */
export function treeProgram(random: Random, fork: Fork): Uint8Array {
  const writer = new StraightWriter(random, fork, { calls: 12, creates: 5, plain: 4, state: 10 })
  return writer.write(random.between(2, 14))
}

/** Opcodes that exist, in no order that makes sense. */
function anyOpcodes(random: Random): Uint8Array {
  const code: number[] = []
  for (let i = random.between(1, 60); i > 0; i--) {
    if (random.oneIn(2)) code.push(...pushBytes(randomWord(random)))
    else code.push(random.pick(allOpcodes).opcode)
  }
  return Uint8Array.from(code)
}

export function pushAddress(byte: number): number[] {
  return byte < 0x20 ? [0x60, byte] : [0x73, ...Array<number>(20).fill(byte)]
}

class StraightWriter {
  readonly #code: number[] = []
  #depth = 0
  readonly #mayUnderflow: boolean

  constructor(
    private readonly random: Random,
    private readonly fork: Fork,
    private readonly weights = { calls: 4, creates: 1, plain: 10, state: 6 },
  ) {
    this.#mayUnderflow = random.oneIn(60)
  }

  write(steps: number): Uint8Array {
    const { random, weights } = this
    for (let i = 0; i < steps; i++) {
      random.weighted<() => void>([
        [8, () => this.#emit(0, 1, ...pushBytes(randomWord(random)))],
        [weights.plain, () => this.#plain()],
        [6, () => this.#memory()],
        [weights.state, () => this.#state()],
        [weights.calls, () => this.#call()],
        [weights.creates, () => this.#create()],
        [2, () => this.#jump()],
      ])()
    }
    this.#end()
    return Uint8Array.from(this.#code)
  }

  #emit(takes: number, puts: number, ...bytes: number[]): void {
    for (; this.#depth < takes && !this.#mayUnderflow; this.#depth++) this.#code.push(0x60, this.#depth)
    this.#code.push(...bytes)
    this.#depth = Math.max(0, this.#depth - takes) + puts
  }

  #plain(): void {
    const { opcode, takes, puts, since } = this.random.pick(plainOpcodes)
    if (isAtLeast(this.fork, since)) this.#emit(takes, puts, opcode)
  }

  #small(): number[] {
    return [0x60, this.random.below(120)]
  }

  #memory(): void {
    const [a, b, size] = [this.#small(), this.#small(), this.#small()]
    const choices: [opcode: number, puts: number, operands: number[]][] = [
      [0x51, 1, a],
      [0x52, 0, [...b, ...a]],
      [0x53, 0, [...b, ...a]],
      [0x20, 1, [...size, ...a]],
      [0x35, 1, a],
      [0x37, 0, [...size, ...b, ...a]],
      [0x39, 0, [...size, ...b, ...a]],
      [0x3e, 0, [0x3d, 0x60, 0, ...a]],
      [0x5e, 0, [...size, ...b, ...a]],
    ]
    const [opcode, puts, operands] = this.random.pick(choices)
    if (supports(this.fork, opcode) || opcode === 0x35) this.#emit(0, puts, ...operands, opcode)
  }

  #state(): void {
    const { random } = this
    const [key, value] = [
      [0x60, random.below(5)],
      [0x60, random.below(3)],
    ] as const
    const address = pushAddress(random.pick(neighbours))
    const choices: [opcode: number, puts: number, operands: number[]][] = [
      [0x54, 1, [...key]],
      [0x55, 0, [...value, ...key]],
      [0x5c, 1, [...key]],
      [0x5d, 0, [...value, ...key]],
      [0xa2, 0, [...key, ...value, ...this.#small(), ...key]],
      [0xa0, 0, [...this.#small(), ...key]],
      [0x31, 1, address],
      [0x3b, 1, address],
      [0x3f, 1, address],
      [0x3c, 0, [...this.#small(), ...key, ...key, ...address]],
    ]
    const [opcode, puts, operands] = random.pick(choices)
    if (supports(this.fork, opcode)) this.#emit(0, puts, ...operands, opcode)
  }

  #call(): void {
    const { random } = this
    const opcode = random.pick([0xf1, 0xf2, 0xf4, 0xfa])
    if (!supports(this.fork, opcode)) return
    const size = [0x60, random.below(65)]
    const ranges = [...size, ...this.#small(), ...size, 0x60, 0]
    const value = opcode < 0xf4 ? [0x60, random.pick([0, 0, 0, 1, 255])] : []
    const gas = random.pick([[0x5a], [0x5a], [0x61, 0x27, 0x10], [0x62, 0x01, 0x86, 0xa0], [0x60, 0]])
    this.#emit(0, 1, ...ranges, ...value, ...pushAddress(random.pick(neighbours)), ...gas, opcode)
  }

  /** Init code from memory, or one that deploys a byte: MSTORE8(0, 0x5b) RETURN(0, 1). */
  #create(): void {
    const { random } = this
    const opcode = random.pick([0xf0, 0xf5])
    if (!supports(this.fork, opcode)) return
    const salt = opcode === 0xf5 ? [0x60, random.below(3)] : []
    const value = [0x60, random.pick([0, 0, 1])]
    if (random.oneIn(4)) {
      // What runs becomes the init code.
      const own = [0x38, 0x60, 0, 0x60, 0, 0x39]
      this.#emit(0, 1, ...own, ...salt, 0x38, 0x60, 0, ...value, opcode)
      return
    }
    if (random.oneIn(2)) {
      this.#emit(0, 1, ...salt, 0x60, random.below(41), ...this.#small(), ...value, opcode)
      return
    }
    const init = [0x69, 0x60, 0x5b, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3, 0x60, 0, 0x52]
    this.#emit(0, 1, ...init, ...salt, 0x60, 10, 0x60, 22, ...value, opcode)
  }

  /** Over a byte that would halt, always or on a condition. */
  #jump(): void {
    if (this.random.oneIn(2)) this.#emit(0, 0, 0x58, 0x60, 5, 0x01, 0x56, 0xfe, 0x5b)
    else this.#emit(0, 0, 0x60, 1, 0x58, 0x60, 5, 0x01, 0x57, 0xfe, 0x5b)
  }

  #end(): void {
    const { random } = this
    const range = [...this.#small(), ...this.#small()]
    this.#code.push(
      ...random.pick([
        [0x00],
        [...range, 0xf3],
        [...range, 0xf3],
        [...range, 0xfd],
        [...pushAddress(random.pick(neighbours)), 0xff],
        [0xfe],
      ]),
    )
  }
}
