import type { Fork } from '../../interface.js'
import { Assembler } from './assembler.js'
import { supports } from './opcodes.js'
import type { Random } from './random.js'
import { pushBytes, randomWord } from './words.js'

/**
 * Words packed into others: stores and loads at known offsets that overlap by limbs or bytes, between stores at offsets that nobody knows,
 * copies and calls that write; masks, shifts and sums modulo powers of two. All that is read goes into one word times an odd number, so
 * that nothing is lost, or into what is stored next.
 */
export function packedProgram(random: Random, fork: Fork): Uint8Array {
  const out = new Assembler()
  // The stack: turns left, the word.
  out.bytes(0x60, random.between(1, 3), 0x60, 0, 0x35)
  const loop = out.label()
  out.place(loop)
  const masks = random.oneIn(3)
  for (let i = random.between(4, 40); i > 0; i--) {
    if (masks ? random.oneIn(4) : !random.oneIn(12)) memory(out, random, fork)
    else mask(out, random, fork)
  }
  out.bytes(0x90, 0x60, 1, 0x90, 0x03, 0x90, 0x81).jumpIf(loop)
  out.bytes(0x60, 0x60, 0x52, 0x60, random.oneIn(8) ? 0x60 : 0x80, 0x60, 0)
  out.bytes(supports(fork, 0xfd) && random.oneIn(8) ? 0xfd : 0xf3)
  return out.finish()
}

/** Behind one opcode that leaves a word: takes it in. */
const mix = [0x90, 0x67, 0x9e, 0x37, 0x79, 0xb9, 0x7f, 0x4a, 0x7c, 0x15, 0x02, 0x01]

const offset = (random: Random): number => (random.oneIn(6) ? random.below(70) : 8 * random.below(7))

/** A word of the call's data. */
const input = (random: Random): number[] => [0x60, 32 * random.below(4), 0x35]

function memory(out: Assembler, random: Random, fork: Fork): void {
  const at = [0x60, offset(random)]
  const size = [0x60, random.below(40)]
  const unknown = [...input(random), 0x60, 0x3f, 0x16]
  random.weighted<() => void>([
    [3, () => out.bytes(...input(random), ...at, 0x52)],
    [3, () => out.bytes(0x80, ...at, 0x52)],
    [4, () => out.bytes(...pushBytes(randomWord(random)), ...at, 0x52)],
    [10, () => out.bytes(...at, 0x51, ...mix)],
    [2, () => out.bytes(...input(random), ...at, 0x53)],
    [3, () => out.bytes(0x80, ...unknown, random.pick([0x52, 0x53]))],
    [1, () => out.bytes(...size, 0x60, offset(random), ...at, copyOf(random, fork))],
    [1, () => out.bytes(...size, ...at, 0x20, ...mix)],
    [1, () => out.bytes(random.pick([0x59, 0x5a]), ...(random.oneIn(2) ? mix : [0x50]))],
    // The identity precompile writes its answer over what was there.
    [1, () => out.bytes(...size, ...at, ...size, 0x60, offset(random), 0x60, 0, 0x60, 4, 0x5a, 0xf1, 0x50)],
    [1, () => out.bytes(0x60, random.below(3), 0x54, ...mix)],
  ])()
}

const copyOf = (random: Random, fork: Fork): number =>
  random.pick(supports(fork, 0x5e) ? [0x37, 0x39, 0x5e] : [0x37, 0x39])

function mask(out: Assembler, random: Random, fork: Fork): void {
  const shifts = supports(fork, 0x1b) ? 1 : 0
  const step = random.pick([8, 16, 32, 64, 128])
  random.weighted<() => void>([
    [2, () => out.bytes(...pushBytes(randomWord(random)), 0x16)],
    [2, () => out.bytes(...pushBytes(patternOf(step) << BigInt(random.pick([0, step]))), 0x16)],
    [3 * shifts, () => out.bytes(0x60, random.below(256), random.pick([0x1b, 0x1c]))],
    [4, () => out.bytes(...input(random), random.pick([0x01, 0x17, 0x18]))],
    [2 * shifts, () => swap(out, step)],
    [2, () => out.bytes(...pushBytes(1n << BigInt(random.below(256))), 0x90, ...input(random), 0x08)],
  ])()
}

/** Neighbours of `step` bits change places. */
function swap(out: Assembler, step: number): void {
  const low = patternOf(step)
  out.bytes(0x80, ...pushBytes(low << BigInt(step)), 0x16, 0x60, step, 0x1c, 0x90)
  out.bytes(...pushBytes(low), 0x16, 0x60, step, 0x1b, 0x17)
}

/** As many ones as zeros by turns, ones lowest. */
function patternOf(step: number): bigint {
  let pattern = 0n
  for (let bit = 0; bit < 256; bit += 2 * step) pattern |= ((1n << BigInt(step)) - 1n) << BigInt(bit)
  return pattern
}
