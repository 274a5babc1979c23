import type { Fork } from '../../interface.js'
import { Assembler, type Label } from './assembler.js'
import { supports } from './opcodes.js'
import type { Random } from './random.js'
import { pushBytes, randomWord } from './words.js'

type Procedure = { label: Label; arguments: number; index: number }

/** Function selectors that generated dispatchers know. */
export const selectors = [0x00000001, 0xa9059cbb, 0x70a08231, 0xffffffff] as const

const [add, mul, sub, div, mod, and, or, iszero] = [0x01, 0x02, 0x03, 0x04, 0x06, 0x16, 0x17, 0x15]
const [lt, gt, slt, eq, pop, mload, mstore, sload, sstore] = [
  0x10, 0x11, 0x12, 0x14, 0x50, 0x51, 0x52, 0x54, 0x55,
]
const [keccak, calldataload, jump, revert, end] = [0x20, 0x35, 0x56, 0xfd, 0xf3]

/**
 * A contract shaped as solc's legacy generator emits it: a dispatcher, locals and return addresses on the stack, internal
 * functions with several call sites, checked arithmetic that jumps to a shared panic, mapping slots hashed in scratch memory,
 * loops over memory.
 */
export function randomContract(random: Random, fork: Fork): Uint8Array {
  return new ContractWriter(random, fork).write()
}

class ContractWriter {
  readonly #out = new Assembler()
  readonly #panic = this.#out.label()
  readonly #procedures: Procedure[]
  /** Words on the stack above the frame's return address. */
  #height = 0
  /** Where on the stack the variables in scope are. */
  #variables: number[] = []
  /** The function being written; -1 is the entry. */
  #current = -1
  /** Statements that may still be written. */
  #budget: number

  constructor(
    private readonly random: Random,
    private readonly fork: Fork,
  ) {
    const size = random.weighted([
      [20, 1],
      [6, 2],
      [1, 8],
    ] as const)
    this.#budget = random.between(1, 2 * size)
    this.#procedures = Array.from({ length: random.below(1 + Math.min(size, 5)) }, (_, index) => ({
      label: this.#out.label(),
      arguments: random.below(4),
      index,
    }))
  }

  write(): Uint8Array {
    const { random } = this
    if (random.oneIn(2)) this.#op(0, 0, ...pushBytes(0x80n), ...pushBytes(0x40n), mstore)
    const entries = random.oneIn(4) ? this.#dispatcher() : [this.#out.label()]
    for (const entry of entries) {
      this.#out.place(entry)
      this.#height = 0
      this.#variables = []
      for (let i = random.below(3); i > 0; i--) this.#declare(() => this.#expression(1))
      this.#block(random.between(1, 5), 0)
      this.#finish()
    }
    for (const procedure of this.#procedures) this.#procedure(procedure)
    this.#out.place(this.#panic)
    const code = BigInt(random.pick([0x01, 0x11, 0x12, 0x32]))
    this.#height = 0
    this.#op(0, 0, ...pushBytes(0x4e487b71n << 224n), ...pushBytes(0n), mstore)
    this.#op(
      0,
      0,
      ...pushBytes(code),
      ...pushBytes(4n),
      mstore,
      ...pushBytes(0x24n),
      ...pushBytes(0n),
      revert,
    )
    return this.#out.finish()
  }

  #dispatcher(): Label[] {
    const { random } = this
    const labels = selectors.slice(0, random.pick([1, 1, 2, selectors.length])).map(() => this.#out.label())
    this.#op(0, 1, ...pushBytes(0n), calldataload)
    if (supports(this.fork, 0x1c)) this.#op(0, 0, ...pushBytes(224n), 0x1c)
    else this.#op(0, 0, ...pushBytes(1n << 224n), 0x90, div)
    for (const [i, label] of labels.entries()) {
      this.#op(0, 1, 0x80, ...pushBytes(BigInt(selectors[i]!), 4), eq)
      this.#out.jumpIf(label)
      this.#height--
    }
    if (random.oneIn(2)) this.#op(0, 0, ...pushBytes(0n), ...pushBytes(0n), revert)
    return labels
  }

  #procedure(procedure: Procedure): void {
    this.#current = procedure.index
    this.#out.place(procedure.label)
    this.#height = procedure.arguments
    this.#variables = Array.from({ length: procedure.arguments }, (_, i) => i)
    if (procedure.arguments > 0 && this.random.oneIn(3)) this.#recursion(procedure)
    if (this.random.oneIn(2)) this.#declare(() => this.#expression(1))
    this.#budget = Math.max(this.#budget, 2)
    this.#block(this.random.between(1, 3), 0)
    this.#leave(() => this.#expression(1))
  }

  /** if (arg & 7 == 0) return arg; f((arg & 7) - 1, …) */
  #recursion(procedure: Procedure): void {
    const skip = this.#out.label()
    this.#variable(0)
    this.#op(1, 1, ...pushBytes(7n), and)
    this.#op(0, 1, 0x80)
    this.#out.jumpIf(skip)
    this.#height--
    const [height, variables] = [this.#height, [...this.#variables]]
    this.#leave(() => this.#variable(0))
    this.#height = height
    this.#variables = variables
    this.#out.place(skip)
    const lesser = this.#height - 1
    this.#op(1, 1, ...pushBytes(1n), 0x90, sub)
    this.#call(procedure, (i) => (i === 0 ? this.#duplicate(lesser) : this.#expression(1)))
    this.#op(2, 1, this.random.pick([add, 0x18, or, mul]))
    if (this.#variables.length > 0 && this.random.oneIn(2)) this.#assign(0)
    else this.#op(1, 0, pop)
  }

  /** The value, then everything of the frame but it goes, then back to the caller. */
  #leave(value: () => void): void {
    value()
    const frame = this.#height - 1
    if (frame + 1 > 16) {
      for (let i = 0; i < frame; i++) this.#op(2, 1, 0x90, pop)
      this.#out.bytes(0x90, jump)
      return
    }
    // value below, return address on top of the variables: swap them, then drop the variables
    this.#out.bytes(0x90 + frame)
    for (let i = 0; i < frame; i++) this.#out.bytes(0x90, pop)
    this.#out.bytes(jump)
  }

  #finish(): void {
    const { random } = this
    if (random.oneIn(8)) this.#op(0, 0, 0x00)
    this.#expression(2)
    this.#op(1, 0, ...pushBytes(0x20n), mstore)
    const size = BigInt(random.pick([0x20, 0x40, 0x60, 0x33]))
    this.#op(
      0,
      0,
      ...pushBytes(size),
      ...pushBytes(BigInt(random.pick([0, 0x20, 7]))),
      random.oneIn(6) ? revert : end,
    )
  }

  #block(statements: number, depth: number): void {
    const [height, variables] = [this.#height, this.#variables.length]
    for (let i = 0; i < statements && this.#budget > 0; i++) this.#statement(depth)
    while (this.#height > height) this.#op(1, 0, pop)
    this.#variables.length = variables
  }

  #statement(depth: number): void {
    const { random } = this
    this.#budget--
    const kinds: [number, () => void][] = [
      [4, () => this.#assignment()],
      [2, () => this.#declare(() => this.#expression(2))],
      [3, () => this.#store()],
      [3, () => this.#memory()],
      [1, () => this.#log()],
      [2, () => this.#require()],
      [2, () => this.#externalCall()],
    ]
    if (depth < 3) kinds.push([3, () => this.#branch(depth)], [depth < 2 ? 4 : 1, () => this.#loop(depth)])
    random.weighted(kinds)()
  }

  #assignment(): void {
    this.#expression(3)
    if (this.#variables.length > 0) this.#assign(this.random.below(this.#variables.length))
    else this.#op(1, 0, pop)
  }

  #store(): void {
    const { random } = this
    if (random.oneIn(2)) {
      // mapping[key] += value
      this.#mappingSlot()
      this.#op(1, 2, 0x80, sload)
      this.#expression(1)
      this.#checked(random.pick([add, sub, mul]))
      this.#op(2, 0, 0x90, sstore)
      return
    }
    this.#expression(2)
    this.#op(
      1,
      0,
      ...pushBytes(BigInt(random.below(4))),
      supports(this.fork, 0x5d) && random.oneIn(4) ? 0x5d : sstore,
    )
  }

  #memory(): void {
    const { random } = this
    const kind = random.below(5)
    if (kind === 0) {
      this.#expression(1)
      this.#index()
      this.#op(2, 0, random.pick([mstore, mstore, 0x53]))
    } else if (kind === 1 && supports(this.fork, 0x5e)) {
      this.#range(3)
      this.#op(3, 0, 0x5e)
    } else if (kind === 2) {
      this.#range(3)
      this.#op(3, 0, random.pick([0x37, 0x39]))
    } else {
      // the free memory pointer moves on, as abi.encode does it
      this.#op(0, 1, ...pushBytes(0x40n), mload)
      this.#op(1, 1, ...pushBytes(0xfffn), and)
      this.#expression(1)
      this.#op(2, 1, 0x81, mstore)
      this.#op(1, 0, ...pushBytes(0x20n), add, ...pushBytes(0x40n), mstore)
    }
  }

  /** Small offsets and a size, for a copy. */
  #range(words: number): void {
    for (let i = 0; i < words; i++) {
      if (this.random.oneIn(3)) {
        this.#expression(0)
        this.#op(1, 1, ...pushBytes(0x3fn), and)
      } else this.#push(BigInt(this.random.below(0x120)))
    }
  }

  #log(): void {
    const topics = this.random.below(5)
    for (let i = 0; i < topics; i++) this.#expression(1)
    this.#op(0, 0, ...pushBytes(BigInt(this.random.below(70))), ...pushBytes(BigInt(this.random.below(0x90))))
    this.#op(topics, 0, 0xa0 + topics)
  }

  #require(): void {
    this.#expression(2)
    if (this.random.oneIn(2)) this.#op(1, 1, iszero)
    const rare = pushBytes(BigInt(this.random.pick([3, 7, 15])))
    this.#op(1, 1, ...rare, and, ...rare, eq)
    this.#out.jumpIf(this.#panic)
    this.#height--
  }

  #externalCall(): void {
    const { random } = this
    const opcode = random.pick([0xf1, 0xf1, 0xf2, 0xf4, 0xfa].filter((code) => supports(this.fork, code)))
    const size = () => pushBytes(BigInt(random.below(0x60)))
    const at = () => pushBytes(BigInt(random.below(0x80)))
    this.#op(0, 4, ...size(), ...at(), ...size(), ...at())
    if (opcode === 0xf1 || opcode === 0xf2) this.#op(0, 1, ...pushBytes(BigInt(random.pick([0, 0, 1, 300]))))
    const address = random.pick([0xc0, 0xc1, 0xc2, 0xee, 1, 2, 3, 4, 5, 6, 9])
    this.#op(0, 1, ...(address < 0x20 ? [0x60, address] : [0x73, ...Array<number>(20).fill(address)]))
    this.#op(0, 1, ...random.pick([[0x5a], [0x5a], pushBytes(3_000n), pushBytes(0n)]))
    const words = opcode === 0xf1 || opcode === 0xf2 ? 7 : 6
    this.#op(words, 1, opcode)
    if (random.oneIn(2)) this.#op(1, 0, pop)
    else {
      this.#op(1, 1, iszero)
      this.#out.jumpIf(this.#panic)
      this.#height--
    }
    if (random.oneIn(2) && supports(this.fork, 0x3d)) {
      this.#op(0, 0, 0x3d, ...pushBytes(0n), ...pushBytes(0x80n), 0x3e)
    }
  }

  #branch(depth: number): void {
    const [otherwise, after] = [this.#out.label(), this.#out.label()]
    this.#condition()
    this.#out.jumpIf(otherwise)
    this.#height--
    this.#block(this.random.between(1, 2), depth + 1)
    if (this.random.oneIn(2)) {
      this.#out.place(otherwise)
      return
    }
    this.#out.jump(after)
    this.#out.place(otherwise)
    this.#block(this.random.between(1, 2), depth + 1)
    this.#out.place(after)
  }

  /** for (i = 0; i < n; i++) with the counter on the stack; at times a loop that ends in its middle. */
  #loop(depth: number): void {
    const { random } = this
    const [again, after] = [this.#out.label(), this.#out.label()]
    const counter = this.#height
    this.#push(0n)
    this.#variables.push(counter)
    this.#out.place(again)
    this.#bound()
    this.#duplicate(counter)
    this.#op(2, 1, random.pick([lt, slt]), iszero)
    this.#out.jumpIf(after)
    this.#height--
    this.#block(random.between(1, 3), depth + 1)
    if (random.oneIn(4)) {
      this.#condition()
      this.#out.jumpIf(after)
      this.#height--
    }
    this.#duplicate(counter)
    this.#push(BigInt(random.pick([1, 1, 1, 2, 32])))
    if (random.oneIn(2)) this.#op(2, 1, add)
    else this.#checked(add)
    this.#assign(this.#variables.indexOf(counter))
    this.#out.jump(again)
    this.#out.place(after)
    this.#op(1, 0, pop)
    this.#variables.pop()
  }

  #bound(): void {
    if (this.random.oneIn(3)) {
      this.#expression(0)
      this.#op(1, 1, ...pushBytes(BigInt(this.random.pick([3, 7, 15]))), and)
    } else this.#push(BigInt(this.random.pick([1, 2, 3, 5, 8, 12, 40])))
  }

  #condition(): void {
    this.#expression(1)
    this.#expression(1)
    this.#op(2, 1, this.random.pick([lt, gt, slt, 0x13, eq]))
    if (this.random.oneIn(2)) this.#op(1, 1, iszero)
  }

  /** Leaves one word more on the stack. */
  #expression(depth: number): void {
    const { random } = this
    const deeper = depth - 1
    const leaves = this.#leaves()
    const choices: [number, () => void][] = [
      ...leaves,
      [8, () => this.#binary(deeper)],
      [4, () => this.#checkedBinary(deeper)],
      [3, () => this.#narrowed(deeper)],
      [1, () => this.#modular(deeper)],
      [2, () => this.#mappingLoad()],
      [2, () => this.#element()],
      [this.#procedures.length > 0 ? 3 : 0, () => this.#internalCall(deeper)],
    ]
    random.weighted(depth === 0 ? leaves : choices)()
  }

  #leaves(): [number, () => void][] {
    const { random } = this
    const environment = [0x30, 0x33, 0x34, 0x36, 0x3d, 0x42, 0x43, 0x46, 0x47, 0x59, 0x5a]
    return [
      [4, () => this.#push(randomWord(random))],
      [6, () => this.#someVariable()],
      [3, () => this.#op(0, 1, ...pushBytes(BigInt(4 + 32 * random.below(3))), calldataload)],
      [
        1,
        () => {
          const opcode = random.pick(environment)
          this.#op(0, 1, supports(this.fork, opcode) ? opcode : 0x58)
        },
      ],
      [1, () => this.#op(0, 1, ...pushBytes(BigInt(random.below(4))), sload)],
      [1, () => this.#op(0, 1, ...pushBytes(BigInt(random.below(0x80))), mload)],
    ]
  }

  #binary(depth: number): void {
    const choices = [add, mul, sub, div, 0x05, mod, 0x07, and, or, 0x18, lt, gt, slt, 0x13, eq, 0x0b, 0x1a]
    const shifts = [0x1b, 0x1c, 0x1d]
    const opcode = this.random.oneIn(4) ? this.random.pick(shifts) : this.random.pick(choices)
    if (shifts.includes(opcode)) {
      this.#expression(depth)
      if (this.random.oneIn(4)) this.#expression(depth)
      else this.#push(BigInt(this.random.pick([0, 1, 5, 8, 64, 96, 128, 224, 255, 256])))
      this.#op(2, 1, supports(this.fork, opcode) ? opcode : add)
      return
    }
    this.#expression(depth)
    this.#expression(depth)
    this.#op(2, 1, this.random.oneIn(30) ? 0x0a : opcode)
  }

  #checkedBinary(depth: number): void {
    this.#expression(depth)
    this.#expression(depth)
    this.#checked(this.random.pick([add, sub, mul, div]))
  }

  /** Two words to one, or a panic, in the patterns of checked arithmetic. */
  #checked(opcode: number): void {
    const tests: Record<number, [puts: number, bytes: number[]]> = {
      [add]: [2, [0x81, add, 0x80, 0x91, gt]],
      [sub]: [3, [0x81, 0x81, gt]],
      [mul]: [4, [0x81, 0x81, mul, 0x82, iszero, 0x83, 0x82, div, 0x83, eq, or, iszero]],
      [div]: [3, [0x80, iszero]],
    }
    const [puts, bytes] = tests[opcode]!
    this.#op(2, puts, ...bytes)
    this.#out.jumpIf(this.#panic)
    this.#height--
    if (opcode === mul) this.#op(3, 1, 0x91, pop, pop)
    else if (opcode !== add) this.#op(2, 1, 0x90, opcode)
  }

  /** What types narrower than a word do: masks, sign extension, booleans. */
  #narrowed(depth: number): void {
    const { random } = this
    this.#expression(depth)
    const bits = random.pick([1, 8, 16, 32, 64, 128, 160])
    const mask = pushBytes((1n << BigInt(bits)) - 1n)
    random.pick([
      () => this.#op(1, 1, ...mask, and),
      () => this.#op(1, 1, ...pushBytes(BigInt(Math.max(0, bits / 8 - 1) | 0)), 0x0b),
      () => this.#op(1, 1, iszero, iszero),
      () => {
        // uint64 addition: the sum, and a panic beyond the mask
        this.#op(1, 1, ...mask, and)
        this.#expression(depth)
        this.#op(2, 1, ...mask, and, add)
        this.#op(1, 2, 0x80, ...mask, 0x10)
        this.#out.jumpIf(this.#panic)
        this.#height--
      },
    ])()
  }

  #modular(depth: number): void {
    this.#push(randomWord(this.random))
    this.#expression(depth)
    this.#expression(depth)
    this.#op(3, 1, this.random.pick([0x08, 0x09, 0x09]))
  }

  #mappingSlot(): void {
    this.#expression(0)
    if (this.random.oneIn(2)) this.#op(1, 1, ...pushBytes((1n << 160n) - 1n), and)
    const slot = pushBytes(BigInt(this.random.below(3)))
    this.#op(1, 0, ...pushBytes(0n), mstore, ...slot, ...pushBytes(0x20n), mstore)
    this.#op(0, 1, ...pushBytes(0x40n), ...pushBytes(0n), keccak)
  }

  #mappingLoad(): void {
    this.#mappingSlot()
    this.#op(1, 1, sload)
  }

  /** Element of an array in memory. */
  #element(): void {
    this.#index()
    this.#op(1, 1, mload)
  }

  #index(): void {
    this.#expression(0)
    this.#op(1, 1, ...pushBytes(BigInt(this.random.pick([3, 7, 31]))), and, ...pushBytes(5n))
    this.#out.bytes(...(supports(this.fork, 0x1b) ? [0x1b] : [mul]), ...pushBytes(0x80n), add)
  }

  #internalCall(depth: number): void {
    const later = this.#procedures.filter(({ index }) => index > this.#current)
    const choices = later.length > 0 && !this.random.oneIn(20) ? later : this.#procedures
    this.#call(this.random.pick(choices), () => this.#expression(Math.min(depth, 1)))
  }

  #call(procedure: Procedure, argument: (index: number) => void): void {
    const back = this.#out.label()
    this.#out.reference(back)
    this.#height++
    for (let i = 0; i < procedure.arguments; i++) argument(i)
    this.#out.jump(procedure.label)
    this.#out.place(back)
    this.#height -= procedure.arguments
  }

  #declare(value: () => void): void {
    const at = this.#height
    value()
    if (this.#height === at + 1) this.#variables.push(at)
  }

  #someVariable(): void {
    if (this.#variables.length === 0) this.#push(BigInt(this.random.below(10)))
    else this.#variable(this.random.below(this.#variables.length))
  }

  #variable(index: number): void {
    this.#duplicate(this.#variables[index]!)
  }

  #duplicate(at: number): void {
    const distance = this.#height - at
    if (distance > 16) this.#push(1n)
    else this.#op(0, 1, 0x7f + distance)
  }

  /** The word on top becomes the variable's value. */
  #assign(index: number): void {
    const distance = this.#height - 1 - this.#variables[index]!
    if (distance >= 1 && distance <= 16) this.#op(1, 0, 0x8f + distance, pop)
    else this.#op(1, 0, pop)
  }

  #push(value: bigint): void {
    const zero = value === 0n && supports(this.fork, 0x5f) && this.random.oneIn(2)
    this.#op(0, 1, ...(zero ? [0x5f] : pushBytes(value, this.random.oneIn(9) ? 32 : 0)))
  }

  #op(takes: number, puts: number, ...bytes: number[]): void {
    this.#out.bytes(...bytes)
    this.#height += puts - takes
  }
}
