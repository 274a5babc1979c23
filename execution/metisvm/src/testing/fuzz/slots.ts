import type { Fork } from '../../interface.js'
import { Assembler } from './assembler.js'
import { neighbours, pushAddress } from './generate.js'
import { supports } from './opcodes.js'
import type { Random } from './random.js'

/** Accounts with such code, and the one that is created from it. */
const others = neighbours.slice(0, 5)

/**
 * Few slots, met again and again at the same places of the code: a loop of storage accesses, with keys that stay or change from turn to
 * turn, between calls that run the same code on other storage, fail, destroy the account or make it anew. What they read goes into a sum
 * that is stored at the end.
 */
export function slotProgram(random: Random, fork: Fork): Uint8Array {
  const out = new Assembler()
  // The stack: sum, turns left.
  out.bytes(0x60, 0, 0x60, random.between(1, 5))
  const [loop, done] = [out.label(), out.label()]
  out.place(loop)
  out.bytes(0x80, 0x15).jumpIf(done)
  for (let i = random.between(1, 9); i > 0; i--) {
    random.weighted<() => void>([
      [6, () => read(out, random, fork)],
      [6, () => write(out, random, fork)],
      [3, () => call(out, random, fork)],
      [1, () => create(out, random, fork)],
    ])()
  }
  out.bytes(0x60, 1, 0x90, 0x03).jump(loop)
  out.place(done)
  out.bytes(0x50, 0x60, random.below(4), 0x55)
  finish(out, random, fork)
  return out.finish()
}

/** One of four keys, or the turn's number, or a word of four limbs: what comes out of hashes. */
function key(out: Assembler, random: Random): void {
  random.weighted<() => void>([
    [4, () => out.bytes(0x60, random.below(4))],
    [2, () => out.bytes(0x80)],
    [1, () => out.bytes(0x7f, ...Array<number>(31).fill(0xa5), random.below(3))],
    [1, () => out.bytes(0x80, 0x60, 252, 0x0a)],
  ])()
}

function read(out: Assembler, random: Random, fork: Fork): void {
  key(out, random)
  out.bytes(supports(fork, 0x5c) && random.oneIn(5) ? 0x5c : 0x54)
  // The sum goes below the turns again.
  if (random.oneIn(8)) out.bytes(0x50)
  else out.bytes(0x91, 0x01, 0x90)
}

function write(out: Assembler, random: Random, fork: Fork): void {
  const opcode = supports(fork, 0x5d) && random.oneIn(5) ? 0x5d : 0x55
  if (random.oneIn(3)) {
    // What is there, and one more.
    out.bytes(0x60, random.below(4), 0x80, opcode === 0x55 ? 0x54 : 0x5c, 0x60, 1, 0x01, 0x90, opcode)
    return
  }
  const value = random.pick([[0x60, 0], [0x60, 0], [0x60, 1], [0x60, 2], [0x81], [0x19]])
  if (value[0] === 0x19) {
    out.bytes(0x60, 0, 0x19, 0x60, random.below(4), opcode)
  } else if (value[0] === 0x81) {
    out.bytes(0x81, 0x60, random.below(4), opcode)
  } else {
    out.bytes(...value)
    // The turn's number is one below the value now.
    if (random.oneIn(3)) out.bytes(0x81, opcode)
    else out.bytes(0x60, random.below(4), opcode)
  }
}

function call(out: Assembler, random: Random, fork: Fork): void {
  const opcode = random.pick([0xf1, 0xf1, 0xf2, 0xf4, 0xf4, 0xfa])
  if (!supports(fork, opcode)) return
  out.bytes(0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0)
  if (opcode < 0xf4) out.bytes(0x60, random.pick([0, 0, 0, 1]))
  out.bytes(...(random.oneIn(4) ? [0x30] : pushAddress(random.pick(others))))
  // Enough for some accesses; the stipend's borders; all there is.
  const gas = random.pick([30_000, 30_000, 60_000, 2_300, 2_301, 2_400, 5_000, 8_000])
  out.bytes(...(random.oneIn(6) ? [0x5a] : [0x61, (gas >> 8) & 0xff, gas & 0xff]), opcode)
  out.bytes(0x91, 0x01, 0x90)
}

/** From its own code, at an address that comes again. */
function create(out: Assembler, random: Random, fork: Fork): void {
  out.bytes(0x38, 0x60, 0, 0x60, 0, 0x39)
  const again = supports(fork, 0xf5)
  if (again) out.bytes(0x60, random.below(2))
  out.bytes(0x38, 0x60, 0, 0x60, 0, again ? 0xf5 : 0xf0)
  // What was made is called, and maybe destroys itself.
  const ranges = [0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0, 0x60, 0]
  out.bytes(...ranges, 0x85, 0x61, 0x75, 0x30, 0xf1, 0x50, 0x50)
}

function finish(out: Assembler, random: Random, fork: Fork): void {
  const ends: number[][] = [[0x00], [0x00], [0x60, 0, 0x60, 0, 0xf3], [0xfe]]
  if (supports(fork, 0xfd)) ends.push([0x60, 0, 0x60, 0, 0xfd], [0x60, 0, 0x60, 0, 0xfd])
  ends.push([...pushAddress(random.pick(others)), 0xff])
  out.bytes(...random.pick(ends))
}
