/** What MATMUL and CONV2D share: rows of weights, bias, multipliers, and where they go in working memory. */
import { BIAS, INPUT, MULTIPLIERS, OUTPUT_TYPE, SCRATCH, STRIDE, TYPE_I32, WEIGHTS } from '../descriptor'
import { fours, HAS_BIAS, HEADER_BYTES, PER_CHANNEL, padded } from './header'

// @ts-ignore: decorator
@inline
export function outputWidth(op: usize): u64 {
  return load<i32>(op, OUTPUT_TYPE) == TYPE_I32 ? 4 : 1
}

/** Bytes of bias and multipliers in the call data. */
export function channelBytes(flags: u32, channels: u64): u64 {
  return ((flags & HAS_BIAS ? 4 : 0) + (flags & PER_CHANNEL ? 4 : 0)) * channels
}

/** `lines`: input rows that are widened to i16 at a time. */
export function weightedWorkBytes(lines: u64, depth: u64, channels: u64): u64 {
  return (2 * lines + fours(channels)) * padded(depth) + 8 * fours(channels)
}

/**
 * Points the descriptor to the tensors of the call data and lays out the rest from `work` on: bias and multipliers as
 * little-endian i32, weights as the kernel of this build wants them, then scratch. `data`: bytes of the first tensor.
 */
export function placeWeighted(
  op: usize,
  input: usize,
  data: usize,
  depth: usize,
  channels: usize,
  flags: u32,
  work: usize,
): void {
  const first = input + HEADER_BYTES
  let at = first + data
  store<u32>(op, first, INPUT)
  const weights = at
  at += channels * depth
  const rounded = <usize>fours(channels)
  store<u32>(op, work, BIAS)
  memory.fill(work, 0, rounded << 3)
  if (flags & HAS_BIAS) at = readI32s(at, work, channels)
  work += rounded << 2
  store<u32>(op, work, MULTIPLIERS)
  if (flags & PER_CHANNEL) readI32s(at, work, channels)
  else fill(work, bswap<u32>(load<u32>(input, 28)), channels)
  work += rounded << 2
  const stride = ASC_FEATURE_SIMD ? <usize>padded(depth) : depth
  store<u32>(op, stride, STRIDE)
  if (!ASC_FEATURE_SIMD || (stride == depth && rounded == channels)) {
    store<u32>(op, weights, WEIGHTS)
  } else {
    store<u32>(op, work, WEIGHTS)
    pad(weights, work, depth, stride, channels)
    memory.fill(work + channels * stride, 0, (rounded - channels) * stride)
    work += rounded * stride
  }
  store<u32>(op, work, SCRATCH)
}

function readI32s(from: usize, to: usize, count: usize): usize {
  for (const end = to + (count << 2); to < end; to += 4) {
    store<u32>(to, bswap<u32>(load<u32>(from)))
    from += 4
  }
  return from
}

function fill(to: usize, value: u32, count: usize): void {
  for (const end = to + (count << 2); to < end; to += 4) store<u32>(to, value)
}

/** Rows of `depth` bytes, each followed by zeros up to `stride`. */
function pad(from: usize, to: usize, depth: usize, stride: usize, rows: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    let i: usize = 0
    for (; i + 16 <= depth; i += 16) {
      store<u64>(to + i, load<u64>(from + i))
      store<u64>(to + i, load<u64>(from + i, 8), 8)
    }
    for (; i < depth; i++) store<u8>(to + i, load<u8>(from + i))
    for (; i < stride; i++) store<u8>(to + i, 0)
    from += depth
    to += stride
  }
}
