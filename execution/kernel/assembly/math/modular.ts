/**
 * ADDMOD and MULMOD. Contracts use few moduli, and use them often: for a modulus that comes again a reciprocal is kept, and the
 * product is then reduced by Barrett's method, with multiplications alone.
 *
 * Limbs have 30 bits there: a product has 60, so a column of nine products fits 64 bits and needs no carries within.
 */
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

/** Kept moduli: modulus 32 | shift u32 | uses u32 | shifted modulus 32 | its limbs 9 × 8 | limbs of floor(2^540 / it) 10 × 8 */
const ENTRIES: usize = memory.data(2048, 16)
const ENTRY_BITS: u32 = 8
const ENTRY_MASK: u32 = 7
const SHIFT: usize = 32
const USES: usize = 36
const SHIFTED: usize = 40
const LIMBS: usize = 72
const RECIPROCAL: usize = 144

const MASK: u64 = (1 << 30) - 1

const LEFT: usize = memory.data(32, 16)
const RIGHT: usize = memory.data(32, 16)
const SUM: usize = memory.data(32, 16)

/** EVM ADDMOD: (a + b) mod m without overflow, 0 when m is 0. */
export function addModulo(out: usize, a: usize, b: usize, m: usize): void {
  if (isZero(m)) {
    setU64(out, 0)
    return
  }
  if (!less(a, m)) {
    remainder(LEFT, a, m)
    a = LEFT
  }
  if (!less(b, m)) {
    remainder(RIGHT, b, m)
    b = RIGHT
  }
  const carry = add(SUM, a, b)
  if (carry != 0 || !less(SUM, m)) sub(out, SUM, m)
  else copy(out, SUM)
}

/** EVM MULMOD: (a * b) mod m over the 512-bit product, 0 when m is 0. */
export function multiplyModulo(out: usize, a: usize, b: usize, m: usize): void {
  if (fitsU64(m)) {
    multiplyModuloLimb(out, a, b, m)
    return
  }
  const entry = ENTRIES + (usize(hashOf(m) & ENTRY_MASK) << ENTRY_BITS)
  if (!equals(entry, m)) {
    // Whoever comes once is not worth a reciprocal.
    copy(entry, m)
    store<u32>(entry, 0, USES)
    multiplyWide(DIVIDEND, a, b)
    divideLimbs(8, m)
    copy(out, DIVIDEND)
    return
  }
  if (load<u32>(entry, USES) == 0) prepare(entry)
  const shift = load<u32>(entry, SHIFT)
  if (shift == 0) {
    // Curve arithmetic multiplies by 2, 3 and 8 as often as not.
    if (isSmall(a)) reduceSmallProduct(out, load<u64>(a), b, entry)
    else if (isSmall(b)) reduceSmallProduct(out, load<u64>(b), a, entry)
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

/** As {@link reduceProduct}, for a factor of one limb: the product has ten limbs, the quotient two. */
function reduceSmallProduct(out: usize, factor: u64, b: usize, entry: usize): void {
  const bw0 = load<u64>(b)
  const bw1 = load<u64>(b, 8)
  const bw2 = load<u64>(b, 16)
  const bw3 = load<u64>(b, 24)
  const c0 = factor * (bw0 & MASK)
  const c1 = factor * ((bw0 >> 30) & MASK) + (c0 >> 30)
  const c2 = factor * (((bw0 >> 60) | (bw1 << 4)) & MASK) + (c1 >> 30)
  const c3 = factor * ((bw1 >> 26) & MASK) + (c2 >> 30)
  const c4 = factor * (((bw1 >> 56) | (bw2 << 8)) & MASK) + (c3 >> 30)
  const c5 = factor * ((bw2 >> 22) & MASK) + (c4 >> 30)
  const c6 = factor * (((bw2 >> 52) | (bw3 << 12)) & MASK) + (c5 >> 30)
  const c7 = factor * ((bw3 >> 18) & MASK) + (c6 >> 30)
  const c8 = factor * (bw3 >> 48) + (c7 >> 30)
  const x8 = c8 & MASK
  const x9 = c8 >> 30
  const u7 = load<u64>(entry, RECIPROCAL + 56)
  const u8 = load<u64>(entry, RECIPROCAL + 64)
  const u9 = load<u64>(entry, RECIPROCAL + 72)
  const d8: u64 = x8 * u8 + x9 * u7
  const d9: u64 = x8 * u9 + x9 * u8 + (d8 >> 30)
  const d10: u64 = x9 * u9 + (d9 >> 30)
  const q0 = d10 & MASK
  const q1 = d10 >> 30
  const m0 = load<u64>(entry, LIMBS + 0)
  const m1 = load<u64>(entry, LIMBS + 8)
  const m2 = load<u64>(entry, LIMBS + 16)
  const m3 = load<u64>(entry, LIMBS + 24)
  const m4 = load<u64>(entry, LIMBS + 32)
  const m5 = load<u64>(entry, LIMBS + 40)
  const m6 = load<u64>(entry, LIMBS + 48)
  const m7 = load<u64>(entry, LIMBS + 56)
  const m8 = load<u64>(entry, LIMBS + 64)
  const r0: i64 = i64(c0 & MASK) - i64(q0 * m0)
  const r1: i64 = i64(c1 & MASK) - i64(q0 * m1 + q1 * m0) + (r0 >> 30)
  const r2: i64 = i64(c2 & MASK) - i64(q0 * m2 + q1 * m1) + (r1 >> 30)
  const r3: i64 = i64(c3 & MASK) - i64(q0 * m3 + q1 * m2) + (r2 >> 30)
  const r4: i64 = i64(c4 & MASK) - i64(q0 * m4 + q1 * m3) + (r3 >> 30)
  const r5: i64 = i64(c5 & MASK) - i64(q0 * m5 + q1 * m4) + (r4 >> 30)
  const r6: i64 = i64(c6 & MASK) - i64(q0 * m6 + q1 * m5) + (r5 >> 30)
  const r7: i64 = i64(c7 & MASK) - i64(q0 * m7 + q1 * m6) + (r6 >> 30)
  const r8: i64 = i64(c8 & MASK) - i64(q0 * m8 + q1 * m7) + (r7 >> 30)
  finish(out, entry, r0, r1, r2, r3, r4, r5, r6, r7, r8)
}

/**
 * out = a * b mod the shifted modulus. Barrett (Handbook of Applied Cryptography, 14.42) with b = 2^30, k = 9: the quotient's
 * estimate floor(floor(x / b^8) * reciprocal / b^10) is at most three too small, and hardly ever wrong at all.
 */
function reduceProduct(out: usize, a: usize, b: usize, entry: usize): void {
  const aw0 = load<u64>(a)
  const aw1 = load<u64>(a, 8)
  const aw2 = load<u64>(a, 16)
  const aw3 = load<u64>(a, 24)
  const a0 = aw0 & MASK
  const a1 = (aw0 >> 30) & MASK
  const a2 = ((aw0 >> 60) | (aw1 << 4)) & MASK
  const a3 = (aw1 >> 26) & MASK
  const a4 = ((aw1 >> 56) | (aw2 << 8)) & MASK
  const a5 = (aw2 >> 22) & MASK
  const a6 = ((aw2 >> 52) | (aw3 << 12)) & MASK
  const a7 = (aw3 >> 18) & MASK
  const a8 = aw3 >> 48
  const bw0 = load<u64>(b)
  const bw1 = load<u64>(b, 8)
  const bw2 = load<u64>(b, 16)
  const bw3 = load<u64>(b, 24)
  const b0 = bw0 & MASK
  const b1 = (bw0 >> 30) & MASK
  const b2 = ((bw0 >> 60) | (bw1 << 4)) & MASK
  const b3 = (bw1 >> 26) & MASK
  const b4 = ((bw1 >> 56) | (bw2 << 8)) & MASK
  const b5 = (bw2 >> 22) & MASK
  const b6 = ((bw2 >> 52) | (bw3 << 12)) & MASK
  const b7 = (bw3 >> 18) & MASK
  const b8 = bw3 >> 48

  // The product, 18 limbs.
  const c0: u64 = a0 * b0
  const c1: u64 = a0 * b1 + a1 * b0 + (c0 >> 30)
  const c2: u64 = a0 * b2 + a1 * b1 + a2 * b0 + (c1 >> 30)
  const c3: u64 = a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 + (c2 >> 30)
  const c4: u64 = a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 + (c3 >> 30)
  const c5: u64 = a0 * b5 + a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1 + a5 * b0 + (c4 >> 30)
  const c6: u64 = a0 * b6 + a1 * b5 + a2 * b4 + a3 * b3 + a4 * b2 + a5 * b1 + a6 * b0 + (c5 >> 30)
  const c7: u64 = a0 * b7 + a1 * b6 + a2 * b5 + a3 * b4 + a4 * b3 + a5 * b2 + a6 * b1 + a7 * b0 + (c6 >> 30)
  const c8: u64 = a0 * b8 + a1 * b7 + a2 * b6 + a3 * b5 + a4 * b4 + a5 * b3 + a6 * b2 + a7 * b1 + a8 * b0 + (c7 >> 30)
  const c9: u64 = a1 * b8 + a2 * b7 + a3 * b6 + a4 * b5 + a5 * b4 + a6 * b3 + a7 * b2 + a8 * b1 + (c8 >> 30)
  const c10: u64 = a2 * b8 + a3 * b7 + a4 * b6 + a5 * b5 + a6 * b4 + a7 * b3 + a8 * b2 + (c9 >> 30)
  const c11: u64 = a3 * b8 + a4 * b7 + a5 * b6 + a6 * b5 + a7 * b4 + a8 * b3 + (c10 >> 30)
  const c12: u64 = a4 * b8 + a5 * b7 + a6 * b6 + a7 * b5 + a8 * b4 + (c11 >> 30)
  const c13: u64 = a5 * b8 + a6 * b7 + a7 * b6 + a8 * b5 + (c12 >> 30)
  const c14: u64 = a6 * b8 + a7 * b7 + a8 * b6 + (c13 >> 30)
  const c15: u64 = a7 * b8 + a8 * b7 + (c14 >> 30)
  const c16: u64 = a8 * b8 + (c15 >> 30)

  // The quotient: the product from limb 8 on times the reciprocal, from limb 10 on.
  const x8 = c8 & MASK
  const x9 = c9 & MASK
  const x10 = c10 & MASK
  const x11 = c11 & MASK
  const x12 = c12 & MASK
  const x13 = c13 & MASK
  const x14 = c14 & MASK
  const x15 = c15 & MASK
  const x16 = c16 & MASK
  const x17 = c16 >> 30
  const u0 = load<u64>(entry, RECIPROCAL + 0)
  const u1 = load<u64>(entry, RECIPROCAL + 8)
  const u2 = load<u64>(entry, RECIPROCAL + 16)
  const u3 = load<u64>(entry, RECIPROCAL + 24)
  const u4 = load<u64>(entry, RECIPROCAL + 32)
  const u5 = load<u64>(entry, RECIPROCAL + 40)
  const u6 = load<u64>(entry, RECIPROCAL + 48)
  const u7 = load<u64>(entry, RECIPROCAL + 56)
  const u8 = load<u64>(entry, RECIPROCAL + 64)
  const u9 = load<u64>(entry, RECIPROCAL + 72)
  const d8: u64 = x8 * u8 + x9 * u7 + x10 * u6 + x11 * u5 + x12 * u4 + x13 * u3 + x14 * u2 + x15 * u1 + x16 * u0
  const d9: u64 = x8 * u9 + x9 * u8 + x10 * u7 + x11 * u6 + x12 * u5 + x13 * u4 + x14 * u3 + x15 * u2 + x16 * u1 + x17 * u0 + (d8 >> 30)
  const d10: u64 = x9 * u9 + x10 * u8 + x11 * u7 + x12 * u6 + x13 * u5 + x14 * u4 + x15 * u3 + x16 * u2 + x17 * u1 + (d9 >> 30)
  const d11: u64 = x10 * u9 + x11 * u8 + x12 * u7 + x13 * u6 + x14 * u5 + x15 * u4 + x16 * u3 + x17 * u2 + (d10 >> 30)
  const d12: u64 = x11 * u9 + x12 * u8 + x13 * u7 + x14 * u6 + x15 * u5 + x16 * u4 + x17 * u3 + (d11 >> 30)
  const d13: u64 = x12 * u9 + x13 * u8 + x14 * u7 + x15 * u6 + x16 * u5 + x17 * u4 + (d12 >> 30)
  const d14: u64 = x13 * u9 + x14 * u8 + x15 * u7 + x16 * u6 + x17 * u5 + (d13 >> 30)
  const d15: u64 = x14 * u9 + x15 * u8 + x16 * u7 + x17 * u6 + (d14 >> 30)
  const d16: u64 = x15 * u9 + x16 * u8 + x17 * u7 + (d15 >> 30)
  const d17: u64 = x16 * u9 + x17 * u8 + (d16 >> 30)
  const d18: u64 = x17 * u9 + (d17 >> 30)
  const q0 = d10 & MASK
  const q1 = d11 & MASK
  const q2 = d12 & MASK
  const q3 = d13 & MASK
  const q4 = d14 & MASK
  const q5 = d15 & MASK
  const q6 = d16 & MASK
  const q7 = d17 & MASK
  const q8 = d18 & MASK

  // The remainder: the low nine limbs of the product less quotient times modulus.
  const m0 = load<u64>(entry, LIMBS + 0)
  const m1 = load<u64>(entry, LIMBS + 8)
  const m2 = load<u64>(entry, LIMBS + 16)
  const m3 = load<u64>(entry, LIMBS + 24)
  const m4 = load<u64>(entry, LIMBS + 32)
  const m5 = load<u64>(entry, LIMBS + 40)
  const m6 = load<u64>(entry, LIMBS + 48)
  const m7 = load<u64>(entry, LIMBS + 56)
  const m8 = load<u64>(entry, LIMBS + 64)
  const r0: i64 = i64(c0 & MASK) - i64(q0 * m0)
  const r1: i64 = i64(c1 & MASK) - i64(q0 * m1 + q1 * m0) + (i64(r0) >> 30)
  const r2: i64 = i64(c2 & MASK) - i64(q0 * m2 + q1 * m1 + q2 * m0) + (i64(r1) >> 30)
  const r3: i64 = i64(c3 & MASK) - i64(q0 * m3 + q1 * m2 + q2 * m1 + q3 * m0) + (i64(r2) >> 30)
  const r4: i64 = i64(c4 & MASK) - i64(q0 * m4 + q1 * m3 + q2 * m2 + q3 * m1 + q4 * m0) + (i64(r3) >> 30)
  const r5: i64 = i64(c5 & MASK) - i64(q0 * m5 + q1 * m4 + q2 * m3 + q3 * m2 + q4 * m1 + q5 * m0) + (i64(r4) >> 30)
  const r6: i64 = i64(c6 & MASK) - i64(q0 * m6 + q1 * m5 + q2 * m4 + q3 * m3 + q4 * m2 + q5 * m1 + q6 * m0) + (i64(r5) >> 30)
  const r7: i64 = i64(c7 & MASK) - i64(q0 * m7 + q1 * m6 + q2 * m5 + q3 * m4 + q4 * m3 + q5 * m2 + q6 * m1 + q7 * m0) + (i64(r6) >> 30)
  const r8: i64 = i64(c8 & MASK) - i64(q0 * m8 + q1 * m7 + q2 * m6 + q3 * m5 + q4 * m4 + q5 * m3 + q6 * m2 + q7 * m1 + q8 * m0) + (i64(r7) >> 30)
  finish(out, entry, r0, r1, r2, r3, r4, r5, r6, r7, r8)
}

/** out = the nine limbs, less the shifted modulus as often as it takes. */
// @ts-ignore: decorator
@inline
function finish(
  out: usize,
  entry: usize,
  r0: i64,
  r1: i64,
  r2: i64,
  r3: i64,
  r4: i64,
  r5: i64,
  r6: i64,
  r7: i64,
  r8: i64,
): void {
  const s0 = u64(r0) & MASK
  const s1 = u64(r1) & MASK
  const s2 = u64(r2) & MASK
  const s3 = u64(r3) & MASK
  const s4 = u64(r4) & MASK
  const s5 = u64(r5) & MASK
  const s6 = u64(r6) & MASK
  const s7 = u64(r7) & MASK
  const s8 = u64(r8) & MASK
  set(
    out,
    s0 | (s1 << 30) | (s2 << 60),
    (s2 >> 4) | (s3 << 26) | (s4 << 56),
    (s4 >> 8) | (s5 << 22) | (s6 << 52),
    (s6 >> 12) | (s7 << 18) | (s8 << 48),
  )
  let beyond = s8 >> 16
  while (beyond != 0 || !less(out, entry + SHIFTED)) beyond -= sub(out, out, entry + SHIFTED)
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
