/**
 * ADDMOD and MULMOD. Contracts use few moduli, and use them often: for a modulus that comes again a reciprocal is kept, and the
 * product is then reduced by Barrett's method, with multiplications alone.
 */
import {
  LIMBS,
  MASK,
  RECIPROCAL,
  reduceProduct,
  reduceSmallProduct,
  reduceSquare,
  SHIFT,
  SHIFTED,
  USES,
} from './barrett'
import { DIVIDEND, divideLimbs, QUOTIENT } from './limbs'
import {
  add,
  copy,
  equals,
  fitsU64,
  isZero,
  leadingZeros,
  less,
  multiplyHigh,
  set,
  setU64,
  shiftLeft,
  shiftRight,
  sub,
} from './u256'
import { remainder } from './divide'

/** Kept moduli: entries of barrett.ts. */
const ENTRIES: usize = memory.data(2048, 16)
const ENTRY_BITS: u32 = 8
const ENTRY_MASK: u32 = 7

const LEFT: usize = memory.data(32, 16)
const RIGHT: usize = memory.data(32, 16)
const SUM: usize = memory.data(32, 16)

/** EVM ADDMOD: (a + b) mod m without overflow, 0 when m is 0. */
export function addModulo(out: usize, a: usize, b: usize, m: usize): void {
  if (!less(a, m)) {
    if (isZero(m)) {
      setU64(out, 0)
      return
    }
    residue(LEFT, a, m)
    a = LEFT
  }
  if (!less(b, m)) {
    residue(RIGHT, b, m)
    b = RIGHT
  }
  const carry = add(SUM, a, b)
  if (carry != 0 || !less(SUM, m)) sub(out, SUM, m)
  else copy(out, SUM)
}

/** out = a mod m, a not less than m, m not zero. Arithmetic that puts reductions off has sums of a few residues: no need to divide. */
function residue(out: usize, a: usize, m: usize): void {
  if (load<u64>(m, 24) == 0 || load<u64>(a, 24) >> 2 > load<u64>(m, 24)) {
    remainder(out, a, m)
    return
  }
  sub(out, a, m)
  while (!less(out, m)) sub(out, out, m)
}

/** EVM MULMOD: (a * b) mod m over the 512-bit product, 0 when m is 0. */
export function multiplyModulo(out: usize, a: usize, b: usize, m: usize): void {
  const entry = ENTRIES + (usize(hashOf(m) & ENTRY_MASK) << ENTRY_BITS)
  if (!equals(entry, m) || load<u32>(entry, USES) == 0) {
    if (fitsU64(m)) {
      multiplyModuloLimb(out, a, b, m)
      return
    }
    if (!equals(entry, m)) {
      // Whoever comes once is not worth a reciprocal.
      copy(entry, m)
      store<u32>(entry, 0, USES)
      multiplyWide(DIVIDEND, a, b)
      divideLimbs(8, m)
      copy(out, DIVIDEND)
      return
    }
    prepare(entry)
  }
  const shift = load<u32>(entry, SHIFT)
  if (shift == 0) {
    // Curve arithmetic multiplies by 2, 3 and 8 as often as not, and by 0 for a point at infinity.
    if (isSmall(a)) multiplySmall(out, load<u64>(a), b, entry)
    else if (isSmall(b)) multiplySmall(out, load<u64>(b), a, entry)
    else if (load<u64>(a) == load<u64>(b) && equals(a, b)) reduceSquare(out, a, entry)
    else reduceProduct(out, a, b, entry)
    return
  }
  // (a mod m) * 2^shift * b mod (m * 2^shift) = (a * b mod m) * 2^shift
  if (less(a, m)) {
    shiftLeft(LEFT, a, shift)
  } else {
    remainder(LEFT, a, m)
    shiftLeft(LEFT, LEFT, shift)
  }
  reduceProduct(LEFT, LEFT, b, entry)
  shiftRight(out, LEFT, shift, 0)
}

// @ts-ignore: decorator
@inline
function multiplySmall(out: usize, factor: u64, b: usize, entry: usize): void {
  if (factor == 0) setU64(out, 0)
  else reduceSmallProduct(out, factor, b, entry)
}

function hashOf(m: usize): u32 {
  const low = load<u64>(m) ^ load<u64>(m, 16)
  return u32(low ^ (low >> 7) ^ (low >> 31))
}

function multiplyModuloLimb(out: usize, a: usize, b: usize, m: usize): void {
  if (load<u64>(m) == 0) {
    setU64(out, 0)
    return
  }
  remainder(LEFT, a, m)
  remainder(RIGHT, b, m)
  const x = load<u64>(LEFT)
  const y = load<u64>(RIGHT)
  set(LEFT, x * y, multiplyHigh(x, y), 0, 0)
  remainder(out, LEFT, m)
}

/** Fills in what belongs to an entry's modulus. Reciprocals need moduli of 241 to 256 bits: smaller ones are shifted. */
function prepare(entry: usize): void {
  const zeros = u32(leadingZeros(entry))
  const shift = zeros > 14 ? zeros : 0
  store<u32>(entry, shift, SHIFT)
  store<u32>(entry, 1, USES)
  shiftLeft(entry + SHIFTED, entry, shift)
  memory.fill(DIVIDEND, 0, 64)
  store<u64>(DIVIDEND, 1 << 28, 64)
  divideLimbs(9, entry + SHIFTED)
  for (let i = 0; i < 9; i++) store<u64>(entry + (i << 3), limbAt(entry + SHIFTED, i, 4), LIMBS)
  for (let i = 0; i < 10; i++) store<u64>(entry + (i << 3), limbAt(QUOTIENT, i, 9), RECIPROCAL)
}

/** Bits 30 i … 30 i + 29 of a number of `size` 64-bit limbs. */
function limbAt(a: usize, i: i32, size: i32): u64 {
  const bit = i * 30
  const word = bit >> 6
  const shift = u64(bit & 63)
  let limb = load<u64>(a + (word << 3)) >> shift
  if (shift > 34 && word + 1 < size) limb |= load<u64>(a + ((word + 1) << 3)) << (64 - shift)
  return limb & MASK
}

/** Less than one limb. */
// @ts-ignore: decorator
@inline
function isSmall(a: usize): bool {
  return fitsU64(a) && load<u64>(a) <= MASK
}

/** 512-bit product; `out` apart from the operands. */
function multiplyWide(out: usize, a: usize, b: usize): void {
  memory.fill(out, 0, 64)
  for (let i: usize = 0; i < 32; i += 8) {
    const factor = load<u64>(a + i)
    if (factor == 0) continue
    let carry: u64 = 0
    for (let j: usize = 0; j < 32; j += 8) {
      const other = load<u64>(b + j)
      const at = out + i + j
      const low = factor * other + carry
      let high = multiplyHigh(factor, other) + u64(low < carry)
      const sum = load<u64>(at) + low
      high += u64(sum < low)
      store<u64>(at, sum)
      carry = high
    }
    store<u64>(out + i + 32, carry)
  }
}
