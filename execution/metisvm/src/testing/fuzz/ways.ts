import { Assembler, type Label } from './assembler.js'
import type { Random } from './random.js'

type Procedure = { label: Label; arguments: number }

/** An offset that no input reaches, so that what is read there is zero: only the compiler does not know. */
const beyond = [0x61, 0x7f, 0xff]

const [push1, dup1, swap1, add, sub, and, iszero, pop] = [0x60, 0x80, 0x90, 0x01, 0x03, 0x16, 0x15, 0x50]
const [calldataload, jump, sstore, stop] = [0x35, 0x56, 0x55, 0x00]

/**
 * Procedures that call each other and themselves, and at times go to the beginning of one with another way back than their own: a label
 * that is known, one that only comes out when it runs, an argument. Their first argument counts down.
 */
export function wayProgram(random: Random): Uint8Array {
  const out = new Assembler()
  const procedures = Array.from({ length: random.between(1, 3) }, (): Procedure => {
    return { label: out.label(), arguments: random.between(1, 3) }
  })
  const elsewhere = [out.label()]
  out.bytes(push1, random.below(8))
  for (let i = random.between(2, 3); i > 0; i--) {
    const [called, behind] = [random.pick(procedures), out.label()]
    out.reference(behind)
    if (random.oneIn(2)) out.bytes(push1, random.below(5))
    else out.bytes(push1, 4, calldataload, push1, 7, and)
    pushArguments(out, random, called.arguments - 1)
    out.jump(called.label).place(behind).bytes(add)
    elsewhere.push(behind)
  }
  out.bytes(push1, 0, sstore, stop)
  for (const procedure of procedures) new ProcedureWriter(out, random, procedures, elsewhere).write(procedure)
  out.place(elsewhere[0]!).bytes(push1, 99, push1, 5, sstore, stop)
  return out.finish()
}

function pushArguments(out: Assembler, random: Random, count: number): void {
  for (let i = 0; i < count; i++) {
    if (random.oneIn(3)) out.bytes(push1, random.below(64), calldataload)
    else out.bytes(push1, random.below(256))
  }
}

class ProcedureWriter {
  constructor(
    private readonly out: Assembler,
    private readonly random: Random,
    private readonly procedures: readonly Procedure[],
    /** Where a way back may lead besides. */
    private readonly elsewhere: readonly Label[],
  ) {}

  /** The stack within: way back, arguments. */
  write(procedure: Procedure): void {
    const { out, random } = this
    const words = procedure.arguments
    const leave = out.label()
    out.place(procedure.label)
    // Short ones are repeated in their callers.
    if (words > 1) for (let i = random.between(0, 8); i > 0; i--) out.bytes(push1, 1, add)
    out.bytes(dup1 + words - 1, iszero).jumpIf(leave)
    for (let i = random.below(3); i > 0; i--) this.#call(words, random.pick(this.procedures))
    if (random.oneIn(2)) this.#beginAnew(words, random.oneIn(4) ? random.pick(this.procedures) : procedure)
    out.place(leave).bytes(swap1 + words - 1)
    for (let i = 1; i < words; i++) out.bytes(swap1, pop)
    out.bytes(jump)
  }

  #call(words: number, called: Procedure): void {
    const { out, random } = this
    const behind = out.label()
    out.reference(behind).bytes(push1, 1, dup1 + words + 1, sub)
    pushArguments(out, random, called.arguments - 1)
    out.jump(called.label).place(behind).bytes(add)
  }

  /** Exchanges the way back, or leaves it, counts down, and jumps to a beginning. */
  #beginAnew(words: number, next: Procedure): void {
    const { out, random } = this
    random.weighted<() => void>([
      [2, () => out.reference(random.pick(this.elsewhere))],
      [3, () => out.reference(random.pick(this.elsewhere)).bytes(...beyond, calldataload, add)],
      [1, () => out.bytes(dup1 + random.below(words))],
      [1, () => out.bytes(dup1 + words)],
    ])()
    out.bytes(swap1 + words, pop)
    out.bytes(push1, 1, dup1 + words, sub, swap1 + words - 1, pop)
    for (let i = words; i > next.arguments; i--) out.bytes(pop)
    pushArguments(out, random, next.arguments - words)
    out.jump(next.label)
  }
}
