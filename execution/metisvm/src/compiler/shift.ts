import type { Emitter } from './emitter.js'
import { op } from './wasm/instructions.js'
import type { Limb, Word } from './word.js'

/** SHL by a known number of bits. */
export function emitShiftLeft(e: Emitter, word: Word, bits: bigint): Word {
  if (bits > 255n) return [0n, 0n, 0n, 0n]
  const [limbs, rest] = [Number(bits >> 6n), bits & 63n]
  return [0, 1, 2, 3].map((i) =>
    funnel(e, word[i - limbs] ?? 0n, word[i - limbs - 1] ?? 0n, rest),
  ) as unknown as Word
}

/** SHR by a known number of bits; SAR with the word's sign as `fill`. */
export function emitShiftRight(e: Emitter, word: Word, bits: bigint, fill: Limb): Word {
  if (bits > 255n) return [e.hold(fill), e.hold(fill), e.hold(fill), e.hold(fill)]
  const [limbs, rest] = [Number(bits >> 6n), bits & 63n]
  return [0, 1, 2, 3].map((i) => {
    const low = word[i + limbs] ?? fill
    const high = word[i + limbs + 1] ?? fill
    if (rest === 0n) return e.hold(low)
    return funnel(e, high, low, 64n - rest)
  }) as unknown as Word
}

/** All ones when the word is negative, else zero. */
export function emitSignMask(e: Emitter, word: Word): Limb {
  return e.binary(op.i64ShrS, word[3], 63n, (x) => (x >> 63n === 1n ? -1n : 0n))
}

/** Upper 64 bits of `high ‖ low` shifted left by 0 … 63 bits. */
function funnel(e: Emitter, high: Limb, low: Limb, bits: bigint): Limb {
  if (bits === 0n) return e.hold(high)
  const top = shifted(e, op.i64Shl, high, bits, (x, n) => x << n)
  const bottom = shifted(e, op.i64ShrU, low, 64n - bits, (x, n) => x >> n)
  if (top === 0n) return bottom
  if (bottom === 0n) return top
  const both = e.binary(op.i64Or, top, bottom, (x, y) => x | y)
  e.limit(both, e.possible(top) | e.possible(bottom))
  e.release(top)
  e.release(bottom)
  return both
}

/** Masks often leave nothing of a limb on one of its sides. */
function shifted(
  e: Emitter,
  instruction: number,
  limb: Limb,
  bits: bigint,
  fold: (limb: bigint, bits: bigint) => bigint,
): Limb {
  const left = BigInt.asUintN(64, fold(e.possible(limb), bits))
  return left === 0n ? 0n : e.limit(e.binary(instruction, limb, bits, fold), left)
}
