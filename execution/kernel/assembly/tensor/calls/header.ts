/** The 32 bytes that begin every call to a tensor precompile; their meaning is in metisvm/src/precompiles/tensor.ts. */
import {
  HIGHEST,
  INPUT_TYPE,
  INPUT_ZERO,
  LOWEST,
  OUTPUT_TYPE,
  OUTPUT_ZERO,
  SHIFT,
  TYPE_I32,
  TYPE_I8,
  TYPE_U8,
} from '../descriptor'

export const HEADER_BYTES: usize = 32

/** Flags of operations that accumulate. */
export const HAS_BIAS: u32 = 1
export const PER_CHANNEL: u32 = 2

/** Input and output have up to 16 MiB, working memory up to 32 MiB. */
export const MAX_BYTES: u64 = 1 << 24
export const MAX_WORK_BYTES: u64 = 1 << 25
/** 65,536 · 255 · 128 < 2^31: products alone never overflow an accumulator. */
export const MAX_DEPTH: u64 = 1 << 16

// @ts-ignore: decorator
@inline
export function u16At(at: usize): u64 {
  return u64(bswap<u16>(load<u16>(at)))
}

// @ts-ignore: decorator
@inline
export function i16At(at: usize): i32 {
  return i32(<i16>bswap<u16>(load<u16>(at)))
}

// @ts-ignore: decorator
@inline
export function u32At(at: usize): u64 {
  return u64(bswap<u32>(load<u32>(at)))
}

/** Elements of a row of i16 or i8 in working memory: a multiple of a register's sixteen bytes. */
// @ts-ignore: decorator
@inline
export function padded(depth: u64): u64 {
  return (depth + 15) & ~15
}

// @ts-ignore: decorator
@inline
export function fours(count: u64): u64 {
  return (count + 3) & ~3
}

// @ts-ignore: decorator
@inline
export function isDimension(value: u64): bool {
  return value - 1 < MAX_BYTES
}

export function isZeroRange(from: usize, to: usize): bool {
  for (let at = from; at < to; at++) if (load<u8>(at) != 0) return false
  return true
}

function isInType(value: i32, type: i32): bool {
  return type == TYPE_I8 ? value >= -128 && value <= 127 : value >= 0 && value <= 255
}

/** Type and zero point of 8-bit input, to the descriptor. */
export function readInput(header: usize, op: usize): bool {
  const type = i32(load<u8>(header))
  const zero = i16At(header + 2)
  if (type > TYPE_U8 || !isInType(zero, type)) return false
  store<i32>(op, type, INPUT_TYPE)
  store<i32>(op, zero, INPUT_ZERO)
  return true
}

/** How accumulators become output, bytes 20 … 31, to the descriptor; what has no meaning is zero. */
export function readOutput(header: usize, flags: u32, op: usize): bool {
  const type = i32(load<u8>(header, 20))
  store<i32>(op, type, OUTPUT_TYPE)
  if (type == TYPE_I32) return (flags & PER_CHANNEL) == 0 && isZeroRange(header + 21, header + HEADER_BYTES)
  if (type > TYPE_U8) return false
  const shift = i32(load<u8>(header, 21))
  const zero = i16At(header + 22)
  const lowest = i16At(header + 24)
  const highest = i16At(header + 26)
  if (shift < 1 || shift > 62 || !isInType(zero, type)) return false
  if (!isInType(lowest, type) || !isInType(highest, type) || lowest > highest) return false
  if ((flags & PER_CHANNEL) != 0 && load<u32>(header, 28) != 0) return false
  store<i32>(op, shift, SHIFT)
  store<i32>(op, zero, OUTPUT_ZERO)
  store<i32>(op, lowest, LOWEST)
  store<i32>(op, highest, HIGHEST)
  return true
}
