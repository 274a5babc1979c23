/** DIV, MOD and their signed kin. */
import { DIVIDEND, divideByLimb, divideLimbs, dividePair, limbs, QUOTIENT } from './limbs'
import { copy, fitsU64, negate, set, setU64, shiftRight, signMask } from './u256'

const LEFT: usize = memory.data(32, 16)
const RIGHT: usize = memory.data(32, 16)

/** out = a / b, 0 when b is 0 (EVM DIV). */
export function divide(out: usize, a: usize, b: usize): void {
  if (fitsU64(b)) {
    const b0 = load<u64>(b)
    if ((b0 & (b0 - 1)) == 0) {
      if (b0 == 0) setU64(out, 0)
      else shiftRight(out, a, u32(ctz<u64>(b0)), 0)
    } else if (fitsU64(a)) {
      setU64(out, load<u64>(a) / b0)
    } else if ((load<u64>(a, 16) | load<u64>(a, 24)) == 0) {
      const high = load<u64>(a, 8)
      const top = high < b0 ? 0 : high / b0
      set(out, dividePair(high - top * b0, load<u64>(a), b0), top, 0, 0)
    } else {
      divideByLimb(out, a, 4, b0)
    }
    return
  }
  const power = powerOfTwo(b)
  if (power >= 0) {
    shiftRight(out, a, power, 0)
    return
  }
  copy(DIVIDEND, a)
  divideLimbs(4, b)
  copy(out, QUOTIENT)
}

/** out = a mod b, 0 when b is 0 (EVM MOD). */
export function remainder(out: usize, a: usize, b: usize): void {
  if (fitsU64(b)) {
    const b0 = load<u64>(b)
    if ((b0 & (b0 - 1)) == 0) setU64(out, b0 == 0 ? 0 : load<u64>(a) & (b0 - 1))
    else if (fitsU64(a)) setU64(out, load<u64>(a) % b0)
    else setU64(out, divideByLimb(QUOTIENT, a, limbs(a, 4), b0))
    return
  }
  copy(DIVIDEND, a)
  divideLimbs(4, b)
  copy(out, DIVIDEND)
}

/** The exponent of a power of two, else -1. */
// @ts-ignore: decorator
@inline
function powerOfTwo(a: usize): i32 {
  const a0 = load<u64>(a)
  const a1 = load<u64>(a, 8)
  const a2 = load<u64>(a, 16)
  const a3 = load<u64>(a, 24)
  if (popcnt<u64>(a0) + popcnt<u64>(a1) + popcnt<u64>(a2) + popcnt<u64>(a3) != 1) return -1
  if (a3 != 0) return 192 + i32(ctz<u64>(a3))
  if (a2 != 0) return 128 + i32(ctz<u64>(a2))
  return a1 != 0 ? 64 + i32(ctz<u64>(a1)) : i32(ctz<u64>(a0))
}

/** EVM SDIV: truncated division in two's complement; -2^255 / -1 = -2^255. */
export function divideSigned(out: usize, a: usize, b: usize): void {
  const aSign = signMask(a)
  const bSign = signMask(b)
  // Fixed-point numbers: 128 bits with their sign, by 64 bits. The magnitudes are made in registers.
  const a1 = load<u64>(a, 8) ^ aSign
  const b0 = (load<u64>(b) ^ bSign) - bSign
  if (
    ((load<u64>(a, 16) ^ aSign) | (load<u64>(a, 24) ^ aSign) | (load<u64>(b, 8) ^ bSign)) == 0 &&
    ((load<u64>(b, 16) ^ bSign) | (load<u64>(b, 24) ^ bSign)) == 0 &&
    a1 != u64.MAX_VALUE &&
    b0 != 0
  ) {
    const low = (load<u64>(a) ^ aSign) - aSign
    const high = a1 + (aSign & u64(low == 0))
    const top = high < b0 ? 0 : high / b0
    const q = high == 0 ? low / b0 : dividePair(high - top * b0, low, b0)
    const sign = aSign ^ bSign
    const r0 = (q ^ sign) - sign
    const carry = sign & u64(r0 == 0)
    const r1 = (top ^ sign) + carry
    // A quotient of zero has no sign.
    const rest = sign & (0 - u64((q | top) != 0))
    set(out, r0, r1, rest, rest)
    return
  }
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
