import { copy, fitsU64, isZero, leadingZeros, multiply, set, setU64, shiftLeft } from './u256'

const BASE: usize = memory.data(32, 16)
const EXPONENT: usize = memory.data(32, 16)

/** EVM EXP: out = base ^ exponent mod 2^256. `out` may be an operand. */
export function power(out: usize, base: usize, exponent: usize): void {
  if (isZero(exponent)) {
    setU64(out, 1)
    return
  }
  const factor = load<u64>(base)
  // 256 factors of two leave nothing.
  if ((factor & 1) == 0 && (!fitsU64(exponent) || load<u64>(exponent) > 255)) {
    setU64(out, 0)
    return
  }
  if (factor == 2 && fitsU64(base)) {
    const shift = u32(load<u64>(exponent))
    set(out, 1, 0, 0, 0)
    shiftLeft(out, out, shift)
    return
  }
  copy(BASE, base)
  copy(EXPONENT, exponent)
  copy(out, BASE)
  for (let bit = 254 - i32(leadingZeros(EXPONENT)); bit >= 0; bit--) {
    multiply(out, out, out)
    if ((load<u64>(EXPONENT + (usize(bit >> 6) << 3)) >> u64(bit & 63)) & 1) multiply(out, out, BASE)
  }
}
