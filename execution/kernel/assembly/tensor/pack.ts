import { TYPE_I8 } from './descriptor'

/** Widens `count` 8-bit elements to i16 and takes off the zero point. Signedness is the type's. */
export function pack(source: usize, target: usize, count: i32, type: i32, zero: i32): void {
  let i = 0
  if (ASC_FEATURE_SIMD) {
    const zeros = i16x8.splat(<i16>zero)
    for (; i + 16 <= count; i += 16) {
      const bytes = v128.load(source + <usize>i)
      const at = target + ((<usize>i) << 1)
      if (type == TYPE_I8) {
        v128.store(at, i16x8.sub(i16x8.extend_low_i8x16_s(bytes), zeros))
        v128.store(at, i16x8.sub(i16x8.extend_high_i8x16_s(bytes), zeros), 16)
      } else {
        v128.store(at, i16x8.sub(i16x8.extend_low_i8x16_u(bytes), zeros))
        v128.store(at, i16x8.sub(i16x8.extend_high_i8x16_u(bytes), zeros), 16)
      }
    }
  }
  if (type == TYPE_I8) {
    for (; i < count; i++) {
      store<i16>(target + ((<usize>i) << 1), <i16>(i32(load<i8>(source + <usize>i)) - zero))
    }
  } else {
    for (; i < count; i++) {
      store<i16>(target + ((<usize>i) << 1), <i16>(i32(load<u8>(source + <usize>i)) - zero))
    }
  }
}

/** One 8-bit element as its type reads it. */
// @ts-ignore: decorator
@inline
export function element(at: usize, type: i32): i32 {
  return type == TYPE_I8 ? i32(load<i8>(at)) : i32(load<u8>(at))
}
