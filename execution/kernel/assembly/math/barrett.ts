/**
 * Products reduced by multiplications alone (Barrett; Handbook of Applied Cryptography, 14.42), for a modulus whose reciprocal is kept.
 *
 * Limbs have 30 bits: a product has 60, so a column of nine products fits 64 bits and needs no carries within. WebAssembly multiplies
 * but once a cycle, so where both factors have all their limbs, two products are had for one, as Karatsuba found:
 * x0 y1 + x1 y0 = (x0 - x1) (y1 - y0) + x0 y0 + x1 y1. The products of limbs of the same place are common to all columns; what a column
 * needs of them is a difference of two running totals. What wraps around on the way does not matter, since the column itself fits.
 */
import { less, set, sub } from './u256'

/** An entry: modulus 32 | shift u32 | uses u32 | shifted modulus 32 | its limbs 9 × 8 | limbs of floor(2^540 / it) 10 × 8 */
export const SHIFT: usize = 32
export const USES: usize = 36
export const SHIFTED: usize = 40
export const LIMBS: usize = 72
export const RECIPROCAL: usize = 144

/** Of a limb. */
export const MASK: u64 = (1 << 30) - 1

/** out = a * b mod the entry's shifted modulus. */
export function reduceProduct(out: usize, a: usize, b: usize, entry: usize): void {
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
  const d0 = a0 * b0
  const d1 = a1 * b1
  const d2 = a2 * b2
  const d3 = a3 * b3
  const d4 = a4 * b4
  const d5 = a5 * b5
  const d6 = a6 * b6
  const d7 = a7 * b7
  const d8 = a8 * b8
  const s1 = d0 + d1
  const s2 = s1 + d2
  const s3 = s2 + d3
  const s4 = s3 + d4
  const s5 = s4 + d5
  const s6 = s5 + d6
  const s7 = s6 + d7
  const s8 = s7 + d8
  const c0: u64 = d0
  const c1: u64 = (a0 - a1) * (b1 - b0) + s1 + (c0 >> 30)
  const c2: u64 = (a0 - a2) * (b2 - b0) + s2 + (c1 >> 30)
  const c3: u64 = (a0 - a3) * (b3 - b0) + (a1 - a2) * (b2 - b1) + s3 + (c2 >> 30)
  const c4: u64 = (a0 - a4) * (b4 - b0) + (a1 - a3) * (b3 - b1) + s4 + (c3 >> 30)
  const c5: u64 = (a0 - a5) * (b5 - b0) + (a1 - a4) * (b4 - b1) + (a2 - a3) * (b3 - b2) + s5 + (c4 >> 30)
  const c6: u64 = (a0 - a6) * (b6 - b0) + (a1 - a5) * (b5 - b1) + (a2 - a4) * (b4 - b2) + s6 + (c5 >> 30)
  const c7: u64 = (a0 - a7) * (b7 - b0) + (a1 - a6) * (b6 - b1) + (a2 - a5) * (b5 - b2) + (a3 - a4) * (b4 - b3) + s7 + (c6 >> 30)
  const c8: u64 = (a0 - a8) * (b8 - b0) + (a1 - a7) * (b7 - b1) + (a2 - a6) * (b6 - b2) + (a3 - a5) * (b5 - b3) + s8 + (c7 >> 30)
  const c9: u64 =
    (a1 - a8) * (b8 - b1) +
    (a2 - a7) * (b7 - b2) +
    (a3 - a6) * (b6 - b3) +
    (a4 - a5) * (b5 - b4) +
    (s8 - d0) + (c8 >> 30)
  const c10: u64 = (a2 - a8) * (b8 - b2) + (a3 - a7) * (b7 - b3) + (a4 - a6) * (b6 - b4) + (s8 - s1) + (c9 >> 30)
  const c11: u64 = (a3 - a8) * (b8 - b3) + (a4 - a7) * (b7 - b4) + (a5 - a6) * (b6 - b5) + (s8 - s2) + (c10 >> 30)
  const c12: u64 = (a4 - a8) * (b8 - b4) + (a5 - a7) * (b7 - b5) + (s8 - s3) + (c11 >> 30)
  const c13: u64 = (a5 - a8) * (b8 - b5) + (a6 - a7) * (b7 - b6) + (s8 - s4) + (c12 >> 30)
  const c14: u64 = (a6 - a8) * (b8 - b6) + (s8 - s5) + (c13 >> 30)
  const c15: u64 = (a7 - a8) * (b8 - b7) + (s8 - s6) + (c14 >> 30)
  const c16: u64 = d8 + (c15 >> 30)
  reduce(out, entry, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16)
}

/** out = a * a mod the entry's shifted modulus. */
export function reduceSquare(out: usize, a: usize, entry: usize): void {
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
  const t0 = a0 << 1
  const t1 = a1 << 1
  const t2 = a2 << 1
  const t3 = a3 << 1
  const t4 = a4 << 1
  const t5 = a5 << 1
  const t6 = a6 << 1
  const t7 = a7 << 1
  const c0: u64 = a0 * a0
  const c1: u64 = t0 * a1 + (c0 >> 30)
  const c2: u64 = t0 * a2 + a1 * a1 + (c1 >> 30)
  const c3: u64 = t0 * a3 + t1 * a2 + (c2 >> 30)
  const c4: u64 = t0 * a4 + t1 * a3 + a2 * a2 + (c3 >> 30)
  const c5: u64 = t0 * a5 + t1 * a4 + t2 * a3 + (c4 >> 30)
  const c6: u64 = t0 * a6 + t1 * a5 + t2 * a4 + a3 * a3 + (c5 >> 30)
  const c7: u64 = t0 * a7 + t1 * a6 + t2 * a5 + t3 * a4 + (c6 >> 30)
  const c8: u64 = t0 * a8 + t1 * a7 + t2 * a6 + t3 * a5 + a4 * a4 + (c7 >> 30)
  const c9: u64 = t1 * a8 + t2 * a7 + t3 * a6 + t4 * a5 + (c8 >> 30)
  const c10: u64 = t2 * a8 + t3 * a7 + t4 * a6 + a5 * a5 + (c9 >> 30)
  const c11: u64 = t3 * a8 + t4 * a7 + t5 * a6 + (c10 >> 30)
  const c12: u64 = t4 * a8 + t5 * a7 + a6 * a6 + (c11 >> 30)
  const c13: u64 = t5 * a8 + t6 * a7 + (c12 >> 30)
  const c14: u64 = t6 * a8 + a7 * a7 + (c13 >> 30)
  const c15: u64 = t7 * a8 + (c14 >> 30)
  const c16: u64 = a8 * a8 + (c15 >> 30)
  reduce(out, entry, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16)
}

/** out = factor * b mod the entry's shifted modulus, for a factor of one limb: the product has ten limbs, the quotient two. */
export function reduceSmallProduct(out: usize, factor: u64, b: usize, entry: usize): void {
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
 * out = the product of which these are the columns, each with the carry from the one before, mod the shifted modulus. The quotient's
 * estimate floor(floor(x / 2^240) * reciprocal / 2^300) is at most three too small, and hardly ever wrong at all.
 */
// @ts-ignore: decorator
@inline
function reduce(
  out: usize,
  entry: usize,
  c0: u64,
  c1: u64,
  c2: u64,
  c3: u64,
  c4: u64,
  c5: u64,
  c6: u64,
  c7: u64,
  c8: u64,
  c9: u64,
  c10: u64,
  c11: u64,
  c12: u64,
  c13: u64,
  c14: u64,
  c15: u64,
  c16: u64,
): void {
  // The quotient: the product from limb 8 on times the reciprocal, from limb 10 on. The last column stays one limb of 32 bits, and of
  // the reciprocal's lowest limb only what it makes of that one is worth having.
  const x0 = c8 & MASK
  const x1 = c9 & MASK
  const x2 = c10 & MASK
  const x3 = c11 & MASK
  const x4 = c12 & MASK
  const x5 = c13 & MASK
  const x6 = c14 & MASK
  const x7 = c15 & MASK
  const x8 = c16
  const u0 = load<u64>(entry, RECIPROCAL + 8)
  const u1 = load<u64>(entry, RECIPROCAL + 16)
  const u2 = load<u64>(entry, RECIPROCAL + 24)
  const u3 = load<u64>(entry, RECIPROCAL + 32)
  const u4 = load<u64>(entry, RECIPROCAL + 40)
  const u5 = load<u64>(entry, RECIPROCAL + 48)
  const u6 = load<u64>(entry, RECIPROCAL + 56)
  const u7 = load<u64>(entry, RECIPROCAL + 64)
  const u8 = load<u64>(entry, RECIPROCAL + 72)
  const e7: u64 = x0 * u7 + x1 * u6 + x2 * u5 + x3 * u4 + x4 * u3 + x5 * u2 + x6 * u1 + x7 * u0 + x8 * load<u64>(entry, RECIPROCAL)
  const e8: u64 = x0 * u8 + x1 * u7 + x2 * u6 + x3 * u5 + x4 * u4 + x5 * u3 + x6 * u2 + x7 * u1 + x8 * u0 + (e7 >> 30)
  const e9: u64 = x1 * u8 + x2 * u7 + x3 * u6 + x4 * u5 + x5 * u4 + x6 * u3 + x7 * u2 + x8 * u1 + (e8 >> 30)
  const e10: u64 = x2 * u8 + x3 * u7 + x4 * u6 + x5 * u5 + x6 * u4 + x7 * u3 + x8 * u2 + (e9 >> 30)
  const e11: u64 = x3 * u8 + x4 * u7 + x5 * u6 + x6 * u5 + x7 * u4 + x8 * u3 + (e10 >> 30)
  const e12: u64 = x4 * u8 + x5 * u7 + x6 * u6 + x7 * u5 + x8 * u4 + (e11 >> 30)
  const e13: u64 = x5 * u8 + x6 * u7 + x7 * u6 + x8 * u5 + (e12 >> 30)
  const e14: u64 = x6 * u8 + x7 * u7 + x8 * u6 + (e13 >> 30)
  const e15: u64 = x7 * u8 + x8 * u7 + (e14 >> 30)
  const e16: u64 = x8 * u8 + (e15 >> 30)
  const q0 = e9 & MASK
  const q1 = e10 & MASK
  const q2 = e11 & MASK
  const q3 = e12 & MASK
  const q4 = e13 & MASK
  const q5 = e14 & MASK
  const q6 = e15 & MASK
  const q7 = e16 & MASK
  const q8 = (e16 >> 30) & MASK

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
  const p0: u64 = q0 * m0
  const p1: u64 = q0 * m1 + q1 * m0
  const p2: u64 = q0 * m2 + q1 * m1 + q2 * m0
  const p3: u64 = q0 * m3 + q1 * m2 + q2 * m1 + q3 * m0
  const p4: u64 = q0 * m4 + q1 * m3 + q2 * m2 + q3 * m1 + q4 * m0
  const p5: u64 = q0 * m5 + q1 * m4 + q2 * m3 + q3 * m2 + q4 * m1 + q5 * m0
  const p6: u64 = q0 * m6 + q1 * m5 + q2 * m4 + q3 * m3 + q4 * m2 + q5 * m1 + q6 * m0
  const p7: u64 = q0 * m7 + q1 * m6 + q2 * m5 + q3 * m4 + q4 * m3 + q5 * m2 + q6 * m1 + q7 * m0
  const p8: u64 = q0 * m8 + q1 * m7 + q2 * m6 + q3 * m5 + q4 * m4 + q5 * m3 + q6 * m2 + q7 * m1 + q8 * m0
  const r0: i64 = i64(c0 & MASK) - i64(p0)
  const r1: i64 = i64(c1 & MASK) - i64(p1) + (r0 >> 30)
  const r2: i64 = i64(c2 & MASK) - i64(p2) + (r1 >> 30)
  const r3: i64 = i64(c3 & MASK) - i64(p3) + (r2 >> 30)
  const r4: i64 = i64(c4 & MASK) - i64(p4) + (r3 >> 30)
  const r5: i64 = i64(c5 & MASK) - i64(p5) + (r4 >> 30)
  const r6: i64 = i64(c6 & MASK) - i64(p6) + (r5 >> 30)
  const r7: i64 = i64(c7 & MASK) - i64(p7) + (r6 >> 30)
  const r8: i64 = i64(c8 & MASK) - i64(p8) + (r7 >> 30)
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
