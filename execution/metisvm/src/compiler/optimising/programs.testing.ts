/** A small generator of numbers from a seed (xorshift), so that a program is known by its seed. */
class Choice {
  #state: number

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) | 1
  }

  below(n: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % n
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!
  }
}

/** Constants around the borders that the compiler's ranges know, and plain ones. */
const borders = [0, 1, 8, 31, 32, 63, 64, 128, 160, 255].map((bits) => 1n << BigInt(bits))
const constants = [
  0n,
  2n,
  3n,
  7n,
  100n,
  ...borders,
  ...borders.map((b) => b - 1n),
  (1n << 256n) - 1n,
  (1n << 256n) - 3n,
  1_000_000n,
  (1n << 256n) - 1_000_000n,
  (1n << 256n) - (1n << 80n),
]

const binary = [
  1, 2, 3, 4, 5, 6, 7, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d,
]

/** Assembler with two-byte labels; knows how high the stack is. */
class Assembler {
  readonly bytes: number[] = []
  readonly #labels = new Map<number, number>()
  readonly #uses: [at: number, label: number][] = []
  #nextLabel = 0
  height = 0

  label(): number {
    return this.#nextLabel++
  }

  op(opcode: number, change: number): void {
    this.bytes.push(opcode)
    this.height += change
  }

  push(value: bigint): void {
    const hex = value.toString(16)
    const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
    this.bytes.push(0x5f + bytes.length, ...bytes)
    this.height++
  }

  pushLabel(label: number): void {
    this.bytes.push(0x61)
    this.#uses.push([this.bytes.length, label])
    this.bytes.push(0, 0)
    this.height++
  }

  place(label: number): void {
    this.#labels.set(label, this.bytes.length)
    this.bytes.push(0x5b)
  }

  finish(): Uint8Array {
    for (const [at, label] of this.#uses) {
      const target = this.#labels.get(label)!
      this.bytes[at] = target >> 8
      this.bytes[at + 1] = target & 255
    }
    return Uint8Array.from(this.bytes)
  }
}

const variables = 4

/**
 * A program as compilers write them: variables on the stack, loops that end, branches, internal functions called from several places,
 * checked arithmetic, memory, storage, calls out of the contract. Its calldata are words that it computes with. It returns its variables.
 */
export function structuredProgram(seed: number): Uint8Array {
  return new Generator(new Choice(seed), false).program()
}

/** The same with more internal functions, which call each other from many places, and themselves: so often as an argument says, or without end. */
export function callingProgram(seed: number): Uint8Array {
  return new Generator(new Choice(seed), true).program()
}

class Generator {
  readonly #a = new Assembler()
  readonly #functions: { label: number; depth: number }[] = []
  /** Height of the stack below the variables. */
  #base = 0
  /** Functions that may be called from here: those after the present one, so that nothing recurs, or any. */
  #callable = 0
  #budget = 60

  constructor(
    private readonly c: Choice,
    private readonly calls: boolean,
  ) {}

  program(): Uint8Array {
    const a = this.#a
    const count = this.calls ? 3 + this.c.below(5) : this.c.below(4)
    if (this.calls) this.#budget = 25
    for (let i = 0; i < count; i++) this.#functions.push({ label: a.label(), depth: 0 })
    for (let i = 0; i < variables; i++) this.#leaf()
    this.#statements(2 + this.c.below(5), 3)
    for (let i = 0; i < variables; i++) {
      a.push(BigInt(32 * i))
      a.op(0x52, -2)
    }
    a.push(BigInt(32 * variables))
    a.push(0n)
    a.op(0xf3, -2)
    for (const [i, { label }] of this.#functions.entries()) this.#function(label, i)
    return a.finish()
  }

  /** Takes a return address and two arguments below two fresh variables; returns one word. */
  #function(label: number, index: number): void {
    const a = this.#a
    a.height = 3
    this.#base = 1
    this.#callable = this.c.below(12) === 0 ? 0 : index + 1
    this.#budget += 15
    a.place(label)
    a.push(this.c.of(constants))
    a.push(0n)
    if (this.calls && this.c.below(3) === 0) this.#recursion(label)
    this.#statements(1 + this.c.below(3), 2)
    a.op(0x50, -1)
    a.op(0x50, -1)
    a.op(0x50, -1)
    a.op(0x90, 0)
    a.op(0x56, -1)
  }

  /** Calls itself with an argument that is one less, unless its low bits are zero. */
  #recursion(self: number): void {
    const a = this.#a
    const [end, back] = [a.label(), a.label()]
    this.#variable(0)
    a.push(this.c.of([3n, 15n]))
    a.op(0x16, -1)
    a.op(0x15, 0)
    a.pushLabel(end)
    a.op(0x57, -2)
    a.pushLabel(back)
    a.push(1n)
    this.#variable(0)
    a.op(0x03, -1)
    this.#leaf()
    a.pushLabel(self)
    a.op(0x56, -1)
    a.height -= 2
    a.place(back)
    this.#assign(() => {})
    a.place(end)
  }

  #statements(count: number, nesting: number): void {
    for (let i = 0; i < count; i++) this.#statement(nesting)
  }

  #statement(nesting: number): void {
    if (--this.#budget < 0) return
    const kind = this.calls && this.c.below(3) === 0 ? 7 : this.c.below(nesting > 0 ? 12 : 8)
    if (kind < 4) this.#assign(() => this.#expression(2))
    else if (kind === 4) this.#store()
    else if (kind === 5) this.#checked()
    else if (kind === 6) this.#outside()
    else if (kind === 7) this.#assign(() => this.#call())
    else if (kind < 10) this.#branch(nesting)
    else this.#loop(nesting)
  }

  #variable(index: number): void {
    this.#a.op(0x7f + this.#a.height - this.#base - index, 1)
  }

  #assign(value: () => void): void {
    value()
    const index = this.c.below(variables)
    this.#a.op(0x8f + this.#a.height - this.#base - index - 1, 0)
    this.#a.op(0x50, -1)
  }

  #leaf(): void {
    const a = this.#a
    const kind = this.c.below(12)
    if (kind < 5 && a.height >= this.#base + variables) this.#variable(this.c.below(variables))
    else if (kind < 8) a.push(this.c.of(constants))
    else if (kind < 10) {
      a.push(BigInt(32 * this.c.below(3)))
      a.op(0x35, 0)
    } else a.op(this.c.of([0x33, 0x34, 0x36, 0x38, 0x42, 0x58, 0x59, 0x5a, 0x5f]), 1)
  }

  #expression(depth: number): void {
    const a = this.#a
    const kind = depth === 0 || a.height - this.#base > 11 ? 0 : this.c.below(10)
    if (kind < 2) {
      this.#leaf()
    } else if (kind < 7) {
      this.#expression(depth - 1)
      this.#expression(depth - 1)
      a.op(this.c.of(binary), -1)
    } else if (kind === 7) {
      this.#expression(depth - 1)
      a.op(this.c.of([0x15, 0x19]), 0)
    } else if (kind === 8) {
      a.push(BigInt(this.c.below(200)))
      a.op(this.c.of([0x51, 0x54]), 0)
    } else {
      for (let i = 0; i < 3; i++) this.#expression(depth - 1)
      a.op(this.c.of([0x08, 0x09]), -2)
    }
  }

  #store(): void {
    const a = this.#a
    this.#expression(1)
    const kind = this.c.below(4)
    if (kind === 0) {
      a.push(BigInt(this.c.below(5)))
      a.op(0x55, -2)
      return
    }
    if (kind === 1) a.push(BigInt(this.c.below(300)))
    else {
      this.#leaf()
      a.push(0x1ffn)
      a.op(0x16, -1)
    }
    a.op(this.c.of([0x52, 0x53]), -2)
  }

  /** Sum, difference or product of two variables, with the checks that Solidity makes; reverts when it wraps. */
  #checked(): void {
    const a = this.#a
    const fine = a.label()
    const kind = this.c.below(3)
    const [x, y] = [this.c.below(variables), this.c.below(variables)]
    this.#variable(y)
    this.#variable(x)
    a.op([0x01, 0x03, 0x02][kind]!, -1)
    if (kind === 2) {
      // x == 0 || product / x == y
      this.#variable(x)
      a.op(0x81, 1)
      a.op(0x04, -1)
      this.#variable(y)
      a.op(0x14, -1)
      this.#variable(x)
      a.op(0x15, 0)
      a.op(0x17, -1)
    } else {
      a.op(0x80, 1)
      this.#variable(x)
      a.op(kind === 0 ? 0x11 : 0x10, -1)
      a.op(0x15, 0)
    }
    a.pushLabel(fine)
    a.op(0x57, -2)
    a.push(0n)
    a.push(0n)
    a.op(this.c.of([0xfd, 0xf3]), -2)
    a.place(fine)
    this.#assign(() => {})
  }

  #outside(): void {
    const a = this.#a
    const kind = this.c.below(4)
    if (kind === 0) {
      a.push(BigInt(this.c.below(70)))
      a.push(BigInt(this.c.below(70)))
      a.op(0x20, -1)
    } else if (kind === 1) {
      // The identity precompile.
      for (const n of [32, 64, 64, 0, 4]) a.push(BigInt(n))
      a.op(0x5a, 1)
      a.op(0xfa, -5)
    } else if (kind === 2) {
      this.#leaf()
      a.op(0x31, 0)
    } else {
      this.#leaf()
      a.push(3n)
      a.op(0x0a, -1)
    }
    this.#assign(() => {})
  }

  #call(): void {
    const a = this.#a
    const open = this.#functions.slice(this.#callable)
    if (open.length === 0 || a.height - this.#base > 9) {
      this.#leaf()
      return
    }
    const back = a.label()
    a.pushLabel(back)
    this.#leaf()
    this.#leaf()
    a.pushLabel(this.c.of(open).label)
    a.op(0x56, -1)
    a.height -= 2
    a.place(back)
  }

  #branch(nesting: number): void {
    const a = this.#a
    const [yes, end] = [a.label(), a.label()]
    this.#expression(1)
    a.pushLabel(yes)
    a.op(0x57, -2)
    this.#statements(this.c.below(3), nesting - 1)
    a.pushLabel(end)
    a.op(0x56, -1)
    a.place(yes)
    this.#statements(this.c.below(3), nesting - 1)
    a.place(end)
  }

  /** Counts a fresh word down, or up to one of the variables cut to a few bits. */
  #loop(nesting: number): void {
    const a = this.#a
    if (a.height - this.#base > 8) return
    const [head, end] = [a.label(), a.label()]
    const up = this.c.below(2) === 0
    if (up) a.push(0n)
    else a.push(BigInt(1 + this.c.below(9)))
    a.place(head)
    a.op(0x80, 1)
    if (up) {
      this.#variable(this.c.below(variables))
      a.push(0x7n)
      a.op(0x16, -1)
      a.op(0x11, -1)
    }
    a.op(0x15, 0)
    a.pushLabel(end)
    a.op(0x57, -2)
    this.#statements(1 + this.c.below(3), nesting - 1)
    if (up) {
      a.push(1n)
      a.op(0x01, -1)
    } else {
      a.push(1n)
      a.op(0x90, 0)
      a.op(0x03, -1)
    }
    a.pushLabel(head)
    a.op(0x56, -1)
    a.place(end)
    a.op(0x50, -1)
  }
}
