import type { Emitter } from './emitter.js'
import { op } from './wasm/instructions.js'
import type { Limb, Word } from './word.js'

/** SIGNEXTEND from a known byte, counted from the lowest one: the limb with the sign is filled, all above are its sign. */
export function emitSignExtend(e: Emitter, word: Word, byte: bigint): Word {
  if (byte > 30n) return e.holdWord(word)
  const at = Number(byte >> 3n)
  const unused = 56n - 8n * (byte & 7n)
  const filled = fill(e, word[at]!, unused)
  const sign = at === 3 ? 0n : e.binary(op.i64ShrS, filled, 63n, (x) => BigInt.asIntN(64, x) >> 63n)
  for (let i = at + 2; i < 4; i++) e.hold(sign)
  return word.map((limb, i) => (i < at ? e.hold(limb) : i === at ? filled : sign)) as unknown as Word
}

/** Copies of the highest used bit in place of the `unused` ones. */
function fill(e: Emitter, limb: Limb, unused: bigint): Limb {
  if (unused === 0n) return e.hold(limb)
  const high = e.binary(op.i64Shl, limb, unused, (x, n) => x << n)
  const filled = e.binary(op.i64ShrS, high, unused, (x, n) => BigInt.asIntN(64, x) >> n)
  e.release(high)
  return filled
}
