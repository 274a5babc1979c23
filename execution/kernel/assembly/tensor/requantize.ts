import { HIGHEST, LOWEST, OUTPUT_TYPE, OUTPUT_ZERO, SHIFT, TYPE_I32 } from './descriptor'

/**
 * Fixed-point rescale of an accumulator to an 8-bit value:
 *
 *   clamp(zero + floor((accumulator · multiplier + 2^(shift−1)) / 2^shift), lowest, highest)
 *
 * One rounding, half up, in 64 bits (gemmlowp's scheme with ruy's single rounding). With multiplier < 2^31 and
 * 1 ≤ shift ≤ 62 nothing overflows.
 */
// @ts-ignore: decorator
@inline
export function requantize(op: usize, product: i64): i32 {
  const shift = i64(load<i32>(op, SHIFT))
  const zero = i64(load<i32>(op, OUTPUT_ZERO))
  const value = ((product + (i64(1) << (shift - 1))) >> shift) + zero
  const lowest = i64(load<i32>(op, LOWEST))
  const highest = i64(load<i32>(op, HIGHEST))
  return i32(value < lowest ? lowest : value > highest ? highest : value)
}

/** Stores output `index` of an operator with accumulators: raw when it is i32, else rescaled to 8 bits. */
// @ts-ignore: decorator
@inline
export function emit(op: usize, out: usize, index: i32, accumulator: i32, multiplier: i32): void {
  if (load<i32>(op, OUTPUT_TYPE) == TYPE_I32) {
    store<i32>(out + ((<usize>index) << 2), accumulator)
  } else {
    store<u8>(out + <usize>index, <u8>requantize(op, i64(accumulator) * i64(multiplier)))
  }
}

/** {@link emit} for four neighbours of which the first `count` exist. */
// @ts-ignore: decorator
@inline
export function emit4(op: usize, out: usize, index: i32, count: i32, accumulators: v128, multipliers: v128): void {
  if (load<i32>(op, OUTPUT_TYPE) == TYPE_I32) {
    const at = out + ((<usize>index) << 2)
    if (count >= 4) {
      v128.store(at, accumulators)
      return
    }
    store<i32>(at, i32x4.extract_lane(accumulators, 0))
    if (count > 1) store<i32>(at, i32x4.extract_lane(accumulators, 1), 4)
    if (count > 2) store<i32>(at, i32x4.extract_lane(accumulators, 2), 8)
    return
  }
  const bytes = requantize4(op, accumulators, multipliers)
  const at = out + <usize>index
  if (count >= 4) {
    store<i32>(at, bytes)
    return
  }
  store<u8>(at, <u8>bytes)
  if (count > 1) store<u8>(at, <u8>(bytes >> 8), 1)
  if (count > 2) store<u8>(at, <u8>(bytes >> 16), 2)
}

/** Four rescaled values, one a byte. The clamp is made in 64 bits, before the values are narrowed. */
// @ts-ignore: decorator
@inline
function requantize4(op: usize, accumulators: v128, multipliers: v128): i32 {
  const shift = load<i32>(op, SHIFT)
  const half = i64x2.splat(i64(1) << i64(shift - 1))
  const zero = i64x2.splat(i64(load<i32>(op, OUTPUT_ZERO)))
  const lowest = i64x2.splat(i64(load<i32>(op, LOWEST)))
  const highest = i64x2.splat(i64(load<i32>(op, HIGHEST)))
  let a = i64x2.extmul_low_i32x4_s(accumulators, multipliers)
  let b = i64x2.extmul_high_i32x4_s(accumulators, multipliers)
  a = i64x2.add(i64x2.shr_s(i64x2.add(a, half), shift), zero)
  b = i64x2.add(i64x2.shr_s(i64x2.add(b, half), shift), zero)
  a = v128.bitselect(lowest, a, i64x2.lt_s(a, lowest))
  b = v128.bitselect(lowest, b, i64x2.lt_s(b, lowest))
  a = v128.bitselect(highest, a, i64x2.gt_s(a, highest))
  b = v128.bitselect(highest, b, i64x2.gt_s(b, highest))
  return i32x4.extract_lane(i8x16.shuffle(a, b, 0, 8, 16, 24, 0, 8, 16, 24, 0, 8, 16, 24, 0, 8, 16, 24), 0)
}
