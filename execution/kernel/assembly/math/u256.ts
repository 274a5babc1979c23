/**
 * 256-bit words in memory: four u64 limbs, least significant first. Every function takes pointers; `out` may be one of
 * the operands. Small operands (one limb) are common in contracts, so costly operations test for them first.
 */

/** All 32 bytes zero. */
// @ts-ignore: decorator
@inline
export function isZero(a: usize): bool {
  return (load<u64>(a) | load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

/** The word fits one limb. */
// @ts-ignore: decorator
@inline
export function fitsU64(a: usize): bool {
  return (load<u64>(a, 8) | load<u64>(a, 16) | load<u64>(a, 24)) == 0
}

/** The word as u64, or the largest u64 when it does not fit. */
// @ts-ignore: decorator
@inline
export function saturate(a: usize): u64 {
  return fitsU64(a) ? load<u64>(a) : u64.MAX_VALUE
}

// @ts-ignore: decorator
@inline
export function set(out: usize, limb0: u64, limb1: u64, limb2: u64, limb3: u64): void {
  store<u64>(out, limb0)
  store<u64>(out, limb1, 8)
  store<u64>(out, limb2, 16)
  store<u64>(out, limb3, 24)
}

// @ts-ignore: decorator
@inline
export function setU64(out: usize, value: u64): void {
  set(out, value, 0, 0, 0)
}

// @ts-ignore: decorator
@inline
export function copy(out: usize, a: usize): void {
  set(out, load<u64>(a), load<u64>(a, 8), load<u64>(a, 16), load<u64>(a, 24))
}

// @ts-ignore: decorator
@inline
export function swap(a: usize, b: usize): void {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  copy(a, b)
  set(b, a0, a1, a2, a3)
}

// @ts-ignore: decorator
@inline
export function equals(a: usize, b: usize): bool {
  return (
    ((load<u64>(a) ^ load<u64>(b)) |
      (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) |
      (load<u64>(a, 24) ^ load<u64>(b, 24))) ==
    0
  )
}

/** 32 big-endian bytes at `from` to a word, and the other way: the same byte reversal. `out` may equal `from`. */
// @ts-ignore: decorator
@inline
export function reverse(out: usize, from: usize): void {
  set(
    out,
    bswap<u64>(load<u64>(from, 24)),
    bswap<u64>(load<u64>(from, 16)),
    bswap<u64>(load<u64>(from, 8)),
    bswap<u64>(load<u64>(from)),
  )
}

/** The `size` big-endian bytes at `from` as a word, 1 ≤ size ≤ 32. May read up to 31 bytes before `from`. */
export function fromBytes(out: usize, from: usize, size: usize): void {
  const end = from + size
  let limb: usize = 0
  for (; limb + 8 <= size; limb += 8) store<u64>(out + limb, bswap<u64>(load<u64>(end - 8 - limb)))
  const rest = size & 7
  if (rest != 0) {
    store<u64>(out + limb, bswap<u64>(load<u64>(end - 8 - limb)) & ((u64(1) << (rest << 3)) - 1))
    limb += 8
  }
  for (; limb < 32; limb += 8) store<u64>(out + limb, 0)
}

/** The 20 address bytes at `from` as a word. */
// @ts-ignore: decorator
@inline
export function fromAddress(out: usize, from: usize): void {
  set(out, bswap<u64>(load<u64>(from, 12)), bswap<u64>(load<u64>(from, 4)), bswap<u32>(load<u32>(from)), 0)
}

/** The low 20 bytes of the word at `a` as an address. */
// @ts-ignore: decorator
@inline
export function toAddress(out: usize, a: usize): void {
  store<u32>(out, bswap<u32>(load<u32>(a, 16)))
  store<u64>(out, bswap<u64>(load<u64>(a, 8)), 4)
  store<u64>(out, bswap<u64>(load<u64>(a)), 12)
}

/** out = a + b; returns the carry. */
// @ts-ignore: decorator
@inline
export function add(out: usize, a: usize, b: usize): u64 {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const r0 = a0 + load<u64>(b)
  let carry = u64(r0 < a0)
  const t1 = a1 + load<u64>(b, 8)
  const r1 = t1 + carry
  carry = u64(t1 < a1) | u64(r1 < t1)
  const t2 = a2 + load<u64>(b, 16)
  const r2 = t2 + carry
  carry = u64(t2 < a2) | u64(r2 < t2)
  const t3 = a3 + load<u64>(b, 24)
  const r3 = t3 + carry
  set(out, r0, r1, r2, r3)
  return u64(t3 < a3) | u64(r3 < t3)
}

/** out = a - b; returns the borrow. */
// @ts-ignore: decorator
@inline
export function sub(out: usize, a: usize, b: usize): u64 {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const b0 = load<u64>(b)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const b3 = load<u64>(b, 24)
  let borrow = u64(a0 < b0)
  const t1 = a1 - b1
  const r1 = t1 - borrow
  borrow = u64(a1 < b1) | u64(t1 < borrow)
  const t2 = a2 - b2
  const r2 = t2 - borrow
  borrow = u64(a2 < b2) | u64(t2 < borrow)
  const t3 = a3 - b3
  const r3 = t3 - borrow
  set(out, a0 - b0, r1, r2, r3)
  return u64(a3 < b3) | u64(t3 < borrow)
}

/** out = 2^256 - a */
export function negate(out: usize, a: usize): void {
  const r0 = 0 - load<u64>(a)
  let borrow = u64(r0 != 0)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  const r1 = 0 - a1 - borrow
  borrow = borrow | u64(a1 != 0)
  const r2 = 0 - a2 - borrow
  borrow = borrow | u64(a2 != 0)
  set(out, r0, r1, r2, 0 - a3 - borrow)
}

/** a < b, unsigned. */
// @ts-ignore: decorator
@inline
export function less(a: usize, b: usize): bool {
  const a3 = load<u64>(a, 24)
  const b3 = load<u64>(b, 24)
  if (a3 != b3) return a3 < b3
  const a2 = load<u64>(a, 16)
  const b2 = load<u64>(b, 16)
  if (a2 != b2) return a2 < b2
  const a1 = load<u64>(a, 8)
  const b1 = load<u64>(b, 8)
  if (a1 != b1) return a1 < b1
  return load<u64>(a) < load<u64>(b)
}

/** a < b, two's complement. */
// @ts-ignore: decorator
@inline
export function lessSigned(a: usize, b: usize): bool {
  const a3 = load<i64>(a, 24)
  const b3 = load<i64>(b, 24)
  if (a3 != b3) return a3 < b3
  return less(a, b)
}

/** High 64 bits of the 128-bit product. WebAssembly multiplies 64 to 64 bits only. */
// @ts-ignore: decorator
@inline
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff
  const aHigh = a >> 32
  const bLow = b & 0xffffffff
  const bHigh = b >> 32
  const cross = aHigh * bLow + ((aLow * bLow) >> 32)
  const middle = (cross & 0xffffffff) + aLow * bHigh
  return aHigh * bHigh + (cross >> 32) + (middle >> 32)
}

/** out = a * b mod 2^256 */
export function multiply(out: usize, a: usize, b: usize): void {
  const a0 = load<u64>(a)
  const b0 = load<u64>(b)
  if (fitsU64(a) && fitsU64(b)) {
    set(out, a0 * b0, multiplyHigh(a0, b0), 0, 0)
    return
  }
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const b1 = load<u64>(b, 8)
  const b2 = load<u64>(b, 16)
  const r3 = a0 * load<u64>(b, 24) + a1 * b2 + a2 * b1 + load<u64>(a, 24) * b0

  const r0 = a0 * b0
  let r1 = multiplyHigh(a0, b0)
  let low = a0 * b1
  r1 += low
  let r2 = multiplyHigh(a0, b1) + u64(r1 < low)
  low = a1 * b0
  r1 += low
  // multiplyHigh is at most 2^64 - 2, so adding one carry cannot overflow.
  let high = multiplyHigh(a1, b0) + u64(r1 < low)
  r2 += high
  let top = u64(r2 < high)
  low = a0 * b2
  r2 += low
  top += multiplyHigh(a0, b2) + u64(r2 < low)
  low = a1 * b1
  r2 += low
  top += multiplyHigh(a1, b1) + u64(r2 < low)
  low = a2 * b0
  r2 += low
  top += multiplyHigh(a2, b0) + u64(r2 < low)
  set(out, r0, r1, r2, r3 + top)
}

/** out = a << shift, shift ≤ 255 */
export function shiftLeft(out: usize, a: usize, shift: u32): void {
  let r0 = load<u64>(a)
  let r1 = load<u64>(a, 8)
  let r2 = load<u64>(a, 16)
  let r3 = load<u64>(a, 24)
  if (shift & 128) {
    r3 = r1
    r2 = r0
    r1 = 0
    r0 = 0
  }
  if (shift & 64) {
    r3 = r2
    r2 = r1
    r1 = r0
    r0 = 0
  }
  const bits = u64(shift & 63)
  if (bits != 0) {
    const back = 64 - bits
    r3 = (r3 << bits) | (r2 >> back)
    r2 = (r2 << bits) | (r1 >> back)
    r1 = (r1 << bits) | (r0 >> back)
    r0 = r0 << bits
  }
  set(out, r0, r1, r2, r3)
}

/** out = a >> shift, shift ≤ 255; the vacated bits are those of `fill` (0 or all ones). */
export function shiftRight(out: usize, a: usize, shift: u32, fill: u64): void {
  let r0 = load<u64>(a)
  let r1 = load<u64>(a, 8)
  let r2 = load<u64>(a, 16)
  let r3 = load<u64>(a, 24)
  if (shift & 128) {
    r0 = r2
    r1 = r3
    r2 = fill
    r3 = fill
  }
  if (shift & 64) {
    r0 = r1
    r1 = r2
    r2 = r3
    r3 = fill
  }
  const bits = u64(shift & 63)
  if (bits != 0) {
    const back = 64 - bits
    r0 = (r0 >> bits) | (r1 << back)
    r1 = (r1 >> bits) | (r2 << back)
    r2 = (r2 >> bits) | (r3 << back)
    r3 = (r3 >> bits) | (fill << back)
  }
  set(out, r0, r1, r2, r3)
}

/** All ones when the word is negative in two's complement, else 0. */
// @ts-ignore: decorator
@inline
export function signMask(a: usize): u64 {
  return u64(load<i64>(a, 24) >> 63)
}

/** EVM SIGNEXTEND: sign-extends `a` from byte `index` (0 = least significant). */
export function signExtend(out: usize, index: usize, a: usize): void {
  if (!fitsU64(index) || load<u64>(index) > 30) {
    copy(out, a)
    return
  }
  const byte = usize(load<u64>(index))
  // Where the limb with the sign is.
  const limb = byte & 24
  const shift = i64(7 - (byte & 7)) << 3
  const extended = (load<i64>(a + limb) << shift) >> shift
  for (let i: usize = 0; i < limb; i += 8) store<u64>(out + i, load<u64>(a + i))
  store<i64>(out + limb, extended)
  for (let i: usize = limb + 8; i < 32; i += 8) store<i64>(out + i, extended >> 63)
}

/** EVM BYTE: byte `index` of `a`, 0 = most significant; 0 beyond. */
// @ts-ignore: decorator
@inline
export function byteAt(index: usize, a: usize): u64 {
  if (!fitsU64(index) || load<u64>(index) > 31) return 0
  return load<u8>(a + 31 - usize(load<u64>(index)))
}

/** Leading zero bits, 256 for zero. */
export function leadingZeros(a: usize): u64 {
  const a3 = load<u64>(a, 24)
  if (a3 != 0) return clz<u64>(a3)
  const a2 = load<u64>(a, 16)
  if (a2 != 0) return 64 + clz<u64>(a2)
  const a1 = load<u64>(a, 8)
  if (a1 != 0) return 128 + clz<u64>(a1)
  return 192 + clz<u64>(load<u64>(a))
}

/** Bytes needed to write the word, 0 for zero. */
// @ts-ignore: decorator
@inline
export function byteLength(a: usize): u64 {
  return (256 - leadingZeros(a) + 7) >> 3
}
