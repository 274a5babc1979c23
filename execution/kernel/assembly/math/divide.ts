/**
 * Division and what is built on it. Knuth's algorithm D (TAOCP 4.3.1) over 32-bit digits, since WebAssembly divides at
 * most 64 by 64 bits.
 */
import { add, copy, fitsU64, isZero, less, multiply, multiplyHigh, negate, set, setU64, signMask, sub } from './u256'

/** 512-bit dividend with a spare digit; holds the remainder afterwards. */
const DIVIDEND: usize = memory.data(80, 16)
const DIVISOR: usize = memory.data(32, 16)
const QUOTIENT: usize = memory.data(72, 16)
const LEFT: usize = memory.data(32, 16)
const RIGHT: usize = memory.data(32, 16)

/** Number of 32-bit digits without leading zeros. */
function digits(a: usize, max: i32): i32 {
  let count = max
  while (count > 0 && load<u32>(a + ((count - 1) << 2)) == 0) count--
  return count
}

/** Divides the `size`-digit DIVIDEND by DIVISOR (not zero): QUOTIENT and, in DIVIDEND, the remainder's 8 digits. */
function divideDigits(size: i32): void {
  memory.fill(QUOTIENT, 0, 72)
  const m = digits(DIVIDEND, size)
  const n = digits(DIVISOR, 8)
  if (m < n) return
  if (n == 1) {
    const divisor = u64(load<u32>(DIVISOR))
    let remainder: u64 = 0
    for (let i = m - 1; i >= 0; i--) {
      const at = i << 2
      const part = (remainder << 32) | u64(load<u32>(DIVIDEND + at))
      const q = part / divisor
      store<u32>(QUOTIENT + at, u32(q))
      remainder = part - q * divisor
      store<u32>(DIVIDEND + at, 0)
    }
    store<u32>(DIVIDEND, u32(remainder))
    return
  }
  const shift = u32(clz<u32>(load<u32>(DIVISOR + ((n - 1) << 2))))
  normalise(DIVISOR, n, shift)
  store<u32>(DIVIDEND + (m << 2), shift == 0 ? 0 : load<u32>(DIVIDEND + ((m - 1) << 2)) >> (32 - shift))
  normalise(DIVIDEND, m, shift)
  const high = u64(load<u32>(DIVISOR + ((n - 1) << 2)))
  const next = u64(load<u32>(DIVISOR + ((n - 2) << 2)))
  for (let j = m - n; j >= 0; j--) {
    const at = DIVIDEND + (j << 2)
    const top = at + (n << 2)
    const part = (u64(load<u32>(top)) << 32) | u64(load<u32>(top - 4))
    let q = part / high
    let r = part - q * high
    const third = u64(load<u32>(top - 8))
    while (q > 0xffffffff || q * next > ((r << 32) | third)) {
      q--
      r += high
      if (r > 0xffffffff) break
    }
    if (subtractProduct(at, n, q)) {
      q--
      addBack(at, n)
    }
    store<u32>(QUOTIENT + (j << 2), u32(q))
  }
  if (shift != 0) {
    for (let i = 0; i < n; i++) {
      const at = DIVIDEND + (i << 2)
      store<u32>(at, (load<u32>(at) >> shift) | (load<u32>(at, 4) << (32 - shift)))
    }
  }
}

/** Shifts `size` digits left by `shift` < 32 bits; bits beyond the last digit are dropped. */
function normalise(a: usize, size: i32, shift: u32): void {
  if (shift == 0) return
  for (let i = size - 1; i > 0; i--) {
    const at = a + (i << 2)
    store<u32>(at, (load<u32>(at) << shift) | (load<u32>(at - 4) >> (32 - shift)))
  }
  store<u32>(a, load<u32>(a) << shift)
}

/** Subtracts q * DIVISOR from the n + 1 digits at `at`; true when the result is negative. */
function subtractProduct(at: usize, n: i32, q: u64): bool {
  let carry: u64 = 0
  let borrow: u64 = 0
  let i: usize = 0
  const end = usize(n) << 2
  for (; i < end; i += 4) {
    const product = q * u64(load<u32>(DIVISOR + i)) + carry
    carry = product >> 32
    const difference = u64(load<u32>(at + i)) - (product & 0xffffffff) - borrow
    store<u32>(at + i, u32(difference))
    borrow = difference >> 63
  }
  const difference = u64(load<u32>(at + i)) - carry - borrow
  store<u32>(at + i, u32(difference))
  return difference >> 63 != 0
}

function addBack(at: usize, n: i32): void {
  let carry: u64 = 0
  let i: usize = 0
  const end = usize(n) << 2
  for (; i < end; i += 4) {
    const sum = u64(load<u32>(at + i)) + u64(load<u32>(DIVISOR + i)) + carry
    store<u32>(at + i, u32(sum))
    carry = sum >> 32
  }
  store<u32>(at + i, load<u32>(at + i) + u32(carry))
}

function divide256(a: usize, b: usize): void {
  copy(DIVIDEND, a)
  copy(DIVISOR, b)
  divideDigits(8)
}

/** out = a / b, 0 when b is 0 (EVM DIV). */
export function divide(out: usize, a: usize, b: usize): void {
  if (fitsU64(b)) {
    const b0 = load<u64>(b)
    if (b0 == 0) {
      setU64(out, 0)
      return
    }
    if (fitsU64(a)) {
      setU64(out, load<u64>(a) / b0)
      return
    }
  }
  divide256(a, b)
  copy(out, QUOTIENT)
}

/** out = a mod b, 0 when b is 0 (EVM MOD). */
export function remainder(out: usize, a: usize, b: usize): void {
  if (fitsU64(b)) {
    const b0 = load<u64>(b)
    if (b0 == 0) {
      setU64(out, 0)
      return
    }
    if (fitsU64(a)) {
      setU64(out, load<u64>(a) % b0)
      return
    }
  }
  divide256(a, b)
  copy(out, DIVIDEND)
}

/** EVM SDIV: truncated division in two's complement; -2^255 / -1 = -2^255. */
export function divideSigned(out: usize, a: usize, b: usize): void {
  const aSign = signMask(a)
  const bSign = signMask(b)
  magnitude(LEFT, a, aSign)
  magnitude(RIGHT, b, bSign)
  divide(out, LEFT, RIGHT)
  if (aSign != bSign) negate(out, out)
}

/** EVM SMOD: the remainder has the sign of the dividend. */
export function remainderSigned(out: usize, a: usize, b: usize): void {
  const aSign = signMask(a)
  magnitude(LEFT, a, aSign)
  magnitude(RIGHT, b, signMask(b))
  remainder(out, LEFT, RIGHT)
  if (aSign != 0) negate(out, out)
}

function magnitude(out: usize, a: usize, sign: u64): void {
  if (sign != 0) negate(out, a)
  else copy(out, a)
}

/** EVM ADDMOD: (a + b) mod m without overflow, 0 when m is 0. */
export function addModulo(out: usize, a: usize, b: usize, m: usize): void {
  if (isZero(m)) {
    setU64(out, 0)
    return
  }
  if (less(a, m) && less(b, m)) {
    const carry = add(LEFT, a, b)
    if (carry != 0 || !less(LEFT, m)) sub(out, LEFT, m)
    else copy(out, LEFT)
    return
  }
  const carry = add(DIVIDEND, a, b)
  store<u64>(DIVIDEND + 32, carry)
  copy(DIVISOR, m)
  divideDigits(9)
  copy(out, DIVIDEND)
}

/** EVM MULMOD: (a * b) mod m over the 512-bit product, 0 when m is 0. */
export function multiplyModulo(out: usize, a: usize, b: usize, m: usize): void {
  if (isZero(m)) {
    setU64(out, 0)
    return
  }
  multiplyWide(DIVIDEND, a, b)
  copy(DIVISOR, m)
  divideDigits(16)
  copy(out, DIVIDEND)
}

/** 512-bit product; `out` apart from the operands. */
function multiplyWide(out: usize, a: usize, b: usize): void {
  set(out, 0, 0, 0, 0)
  set(out + 32, 0, 0, 0, 0)
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

/** EVM EXP: out = base ^ exponent mod 2^256. `out` may be an operand. */
export function power(out: usize, base: usize, exponent: usize): void {
  copy(LEFT, base)
  copy(RIGHT, exponent)
  setU64(out, 1)
  while (!isZero(RIGHT)) {
    if ((load<u64>(RIGHT) & 1) != 0) multiply(out, out, LEFT)
    store<u64>(RIGHT, (load<u64>(RIGHT) >> 1) | (load<u64>(RIGHT, 8) << 63))
    store<u64>(RIGHT, (load<u64>(RIGHT, 8) >> 1) | (load<u64>(RIGHT, 16) << 63), 8)
    store<u64>(RIGHT, (load<u64>(RIGHT, 16) >> 1) | (load<u64>(RIGHT, 24) << 63), 16)
    store<u64>(RIGHT, load<u64>(RIGHT, 24) >> 1, 24)
    multiply(LEFT, LEFT, LEFT)
  }
}
