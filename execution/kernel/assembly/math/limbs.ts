/**
 * Long division over 64-bit limbs in memory. WebAssembly divides at most 64 by 64 bits, so quotient digits come from
 * reciprocals (Möller and Granlund, "Improved division by invariant integers"): two multiplications each, no division.
 */
import { multiplyHigh } from './u256'

/** The dividend, up to nine limbs and one more for normalising; holds the remainder afterwards. */
export const DIVIDEND: usize = memory.data(80, 16)
/** The quotient of {@link divideLimbs}. */
export const QUOTIENT: usize = memory.data(72, 16)
const DIVISOR: usize = memory.data(32, 16)

/** The divisors that come again and again are constants in code: the last one's reciprocal is kept. */
let lastDivisor: u64 = 0
let lastReciprocal: u64 = 0

/** Number of limbs without leading zeros. */
// @ts-ignore: decorator
@inline
export function limbs(a: usize, max: i32): i32 {
  let count = max
  while (count > 0 && load<u64>(a + ((count - 1) << 3)) == 0) count--
  return count
}

/** floor((2^128 - 1) / d) - 2^64 for d ≥ 2^63. */
export function reciprocal(d: u64): u64 {
  if (d == lastDivisor) return lastReciprocal
  const dHigh = d >> 32
  const dLow = d & 0xffffffff
  // (2^64 - 1 - d) * 2^64 + 2^64 - 1, divided by d in two digits of 32 bits
  const high = digit(~d, 0xffffffff, dHigh, dLow)
  const rest = (~d << 32) + 0xffffffff - high * d
  const value = (high << 32) | digit(rest, 0xffffffff, dHigh, dLow)
  lastDivisor = d
  lastReciprocal = value
  return value
}

/** A 32-bit digit of (part * 2^32 + next) / (dHigh * 2^32 + dLow). */
// @ts-ignore: decorator
@inline
function digit(part: u64, next: u64, dHigh: u64, dLow: u64): u64 {
  let q = part / dHigh
  let r = part - q * dHigh
  while (q > 0xffffffff || q * dLow > ((r << 32) | next)) {
    q--
    r += dHigh
    if (r > 0xffffffff) break
  }
  return q
}

/** floor((2^192 - 1) / (d1 * 2^64 + d0)) - 2^64 for d1 ≥ 2^63, from d1's own reciprocal. */
function reciprocalOfTwo(d1: u64, d0: u64): u64 {
  let v = reciprocal(d1)
  let p = d1 * v + d0
  if (p < d0) {
    v--
    if (p >= d1) {
      v--
      p -= d1
    }
    p -= d1
  }
  const low = v * d0
  const high = multiplyHigh(v, d0)
  p += high
  if (p < high) {
    v--
    if (p > d1 || (p == d1 && low >= d0)) v--
  }
  return v
}

/** The quotient digit of the last {@link divideTwoByOne}. */
let quotientDigit: u64 = 0

/** Divides u1 * 2^64 + u0 by d ≥ 2^63 whose reciprocal is v; u1 < d. Returns the remainder. */
// @ts-ignore: decorator
@inline
function divideTwoByOne(u1: u64, u0: u64, d: u64, v: u64): u64 {
  const low = v * u1 + u0
  let q = multiplyHigh(v, u1) + u1 + u64(low < u0) + 1
  let r = u0 - q * d
  if (r > low) {
    q--
    r += d
  }
  if (r >= d) {
    q++
    r -= d
  }
  quotientDigit = q
  return r
}

/**
 * (u1 * 2^64 + u0) / d for u1 < d: a quotient of 64 bits. Divisors that come once are not worth a reciprocal. The proof build has
 * integers only, and comes to the same quotient by two digits.
 */
export function dividePair(u1: u64, u0: u64, d: u64): u64 {
  if (d <= 0xffffffff) {
    const part = (u1 << 32) | (u0 >> 32)
    const high = part / d
    return (high << 32) | (((part - high * d) << 32) | (u0 & 0xffffffff)) / d
  }
  if (ASC_FEATURE_SIMD && d >> 62 == 0) {
    // Roundings of operands, sum and quotient are less than 2^-50 together: below that, the estimate is off by one at most.
    const estimate = (f64(u1) * 18446744073709551616.0 + f64(u0)) / f64(i64(d))
    if (estimate < 1125899906842624.0) {
      const q = u64(i64(estimate))
      const rest = i64(u0 - q * d)
      return rest < 0 ? q - 1 : q + u64(rest >= i64(d))
    }
  }
  const shift = clz<u64>(d)
  d <<= shift
  u1 = shift == 0 ? u1 : (u1 << shift) | (u0 >> (64 - shift))
  u0 <<= shift
  const dHigh = d >> 32
  const dLow = d & 0xffffffff
  const high = digit(u1, u0 >> 32, dHigh, dLow)
  const rest = (u1 << 32) + (u0 >> 32) - high * d
  return (high << 32) | digit(rest, u0 & 0xffffffff, dHigh, dLow)
}

/** out = a / d over `size` limbs, d not 0; returns the remainder. `out` may be `a`. */
export function divideByLimb(out: usize, a: usize, size: i32, d: u64): u64 {
  const shift = clz<u64>(d)
  d <<= shift
  const v = reciprocal(d)
  let at = i32(size - 1) << 3
  let limb = load<u64>(a + at)
  let r: u64 = shift == 0 ? 0 : limb >> (64 - shift)
  for (; at > 0; at -= 8) {
    const next = load<u64>(a + at - 8)
    r = divideTwoByOne(r, shift == 0 ? limb : (limb << shift) | (next >> (64 - shift)), d, v)
    store<u64>(out + at, quotientDigit)
    limb = next
  }
  r = divideTwoByOne(r, limb << shift, d, v)
  store<u64>(out, quotientDigit)
  return r >> shift
}

/**
 * Divides DIVIDEND, `size` limbs, by the 256-bit word at `b`, not 0: QUOTIENT, `size` limbs, and the remainder's four limbs in
 * DIVIDEND.
 */
export function divideLimbs(size: i32, b: usize): void {
  const n = limbs(b, 4)
  const m = limbs(DIVIDEND, size)
  memory.fill(QUOTIENT, 0, usize(max(size, 4)) << 3)
  if (size < 4) memory.fill(DIVIDEND + (usize(size) << 3), 0, usize(4 - size) << 3)
  if (m < n) return
  if (n == 1) {
    const rest = divideByLimb(QUOTIENT, DIVIDEND, m, load<u64>(b))
    memory.fill(DIVIDEND, 0, 32)
    store<u64>(DIVIDEND, rest)
    return
  }
  const shift = clz<u64>(load<u64>(b + ((n - 1) << 3)))
  shiftUp(DIVISOR, b, n, shift)
  store<u64>(DIVIDEND + (m << 3), shift == 0 ? 0 : load<u64>(DIVIDEND + ((m - 1) << 3)) >> (64 - shift))
  shiftUp(DIVIDEND, DIVIDEND, m, shift)
  const d1 = load<u64>(DIVISOR + ((n - 1) << 3))
  const d0 = load<u64>(DIVISOR + ((n - 2) << 3))
  const v = reciprocalOfTwo(d1, d0)
  for (let j = m - n; j >= 0; j--) {
    const at = DIVIDEND + (j << 3)
    const top = at + (n << 3)
    let q = quotientOfThree(load<u64>(top), load<u64>(top - 8), load<u64>(top - 16), d1, d0, v)
    if (subtractProduct(at, n, q)) {
      q--
      addBack(at, n)
    }
    store<u64>(QUOTIENT + (j << 3), q)
  }
  if (shift != 0) {
    for (let i = 0; i < n; i++) {
      const at = DIVIDEND + (i << 3)
      store<u64>(at, (load<u64>(at) >> shift) | (load<u64>(at, 8) << (64 - shift)))
    }
  }
  for (let i = n; i < 4; i++) store<u64>(DIVIDEND + (i << 3), 0)
}

/** floor((u2, u1, u0) / (d1, d0)), at most one more than the digit of a longer division. */
function quotientOfThree(u2: u64, u1: u64, u0: u64, d1: u64, d0: u64, v: u64): u64 {
  if (u2 > d1 || (u2 == d1 && u1 >= d0)) return u64.MAX_VALUE
  const low = v * u2 + u1
  let q = multiplyHigh(v, u2) + u2 + u64(low < u1)
  // The remainder, less one divisor that q + 1 takes.
  let r1 = u1 - q * d1
  const t0 = d0 * q
  const t1 = multiplyHigh(d0, q)
  let r0 = u0 - t0
  r1 = r1 - t1 - u64(u0 < t0)
  const below = u64(r0 < d0)
  r0 -= d0
  r1 = r1 - d1 - below
  q++
  if (r1 >= low) {
    q--
    r0 += d0
    r1 = r1 + d1 + u64(r0 < d0)
  }
  if (r1 > d1 || (r1 == d1 && r0 >= d0)) q++
  return q
}

/** out = a << shift over `size` limbs, shift < 64; bits beyond the last limb are dropped. `out` may be `a`. */
function shiftUp(out: usize, a: usize, size: i32, shift: u64): void {
  for (let at = (size - 1) << 3; at > 0; at -= 8) {
    const below = shift == 0 ? 0 : load<u64>(a + at - 8) >> (64 - shift)
    store<u64>(out + at, (load<u64>(a + at) << shift) | below)
  }
  store<u64>(out, load<u64>(a) << shift)
}

/** Subtracts q * DIVISOR from the n + 1 limbs at `at`; true when the result is negative. */
function subtractProduct(at: usize, n: i32, q: u64): bool {
  let carry: u64 = 0
  let borrow: u64 = 0
  let i: usize = 0
  const end = usize(n) << 3
  for (; i < end; i += 8) {
    const factor = load<u64>(DIVISOR + i)
    const low = q * factor + carry
    carry = multiplyHigh(q, factor) + u64(low < carry)
    const before = load<u64>(at + i)
    const difference = before - low
    const after = difference - borrow
    store<u64>(at + i, after)
    borrow = u64(before < low) | u64(difference < borrow)
  }
  const before = load<u64>(at + i)
  const difference = before - carry
  store<u64>(at + i, difference - borrow)
  return before < carry || difference < borrow
}

function addBack(at: usize, n: i32): void {
  let carry: u64 = 0
  let i: usize = 0
  const end = usize(n) << 3
  for (; i < end; i += 8) {
    const before = load<u64>(at + i)
    const sum = before + load<u64>(DIVISOR + i)
    const total = sum + carry
    carry = u64(sum < before) | u64(total < carry)
    store<u64>(at + i, total)
  }
  store<u64>(at + i, load<u64>(at + i) + carry)
}
