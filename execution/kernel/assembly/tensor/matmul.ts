import { BIAS, INPUT, INPUT_TYPE, INPUT_ZERO, K, M, MULTIPLIERS, N, OUTPUT, SCRATCH, STRIDE, WEIGHTS } from './descriptor'
import { pack } from './pack'
import { emit, emit4 } from './requantize'

/**
 * Fully connected layer: [M, K] · [N, K]ᵀ + bias → [M, N]. The input is widened to i16 once; weights stay 8 bits wide and
 * are widened in registers.
 */
export function dense(op: usize): void {
  const rows = load<i32>(op, M)
  const depth = load<i32>(op, K)
  const stride = load<i32>(op, STRIDE)
  const scratch = <usize>load<u32>(op, SCRATCH)
  const input = <usize>load<u32>(op, INPUT)
  for (let m = 0; m < rows; m++) {
    pack(
      input + <usize>(m * depth),
      scratch + ((<usize>(m * stride)) << 1),
      depth,
      load<i32>(op, INPUT_TYPE),
      load<i32>(op, INPUT_ZERO),
    )
  }
  matmul(op, scratch, <usize>load<u32>(op, OUTPUT), rows, depth, load<i32>(op, N))
}

/**
 * `rows` × `depth` i16 (row stride of the descriptor) times `columns` rows of i8 weights, rescaled to `out`. Weights, bias
 * and multipliers are zero-padded to full registers and to a multiple of four columns, so tails multiply by zero.
 * Every partial sum fits i32: the program's decoder has bounded Σ|w|·max|x| + |bias| for each column.
 */
export function matmul(op: usize, x: usize, out: usize, rows: i32, depth: i32, columns: i32): void {
  if (ASC_FEATURE_SIMD) matmulSimd(op, x, out, rows, columns)
  else matmulScalar(op, x, out, rows, depth, columns)
}

function matmulScalar(op: usize, x: usize, out: usize, rows: i32, depth: i32, columns: i32): void {
  const stride = <usize>load<i32>(op, STRIDE)
  const bias = <usize>load<u32>(op, BIAS)
  const multipliers = <usize>load<u32>(op, MULTIPLIERS)
  for (let m = 0; m < rows; m++) {
    let w = <usize>load<u32>(op, WEIGHTS)
    for (let n = 0; n < columns; n++) {
      let sum = load<i32>(bias + ((<usize>n) << 2))
      let px = x
      const end = w + <usize>depth
      for (let pw = w; pw < end; pw++) {
        sum += i32(load<i16>(px)) * i32(load<i8>(pw))
        px += 2
      }
      emit(op, out, m * columns + n, sum, load<i32>(multipliers + ((<usize>n) << 2)))
      w += stride
    }
    x += stride << 1
  }
}

/** Register blocks of 2 × 4 outputs; the panel of four weight rows stays in the first-level cache over all input rows. */
function matmulSimd(op: usize, x: usize, out: usize, rows: i32, columns: i32): void {
  const stride = <usize>load<i32>(op, STRIDE)
  const bias = <usize>load<u32>(op, BIAS)
  const multipliers = <usize>load<u32>(op, MULTIPLIERS)
  let panel = <usize>load<u32>(op, WEIGHTS)
  for (let n = 0; n < columns; n += 4) {
    const count = columns - n
    const biases = v128.load(bias + ((<usize>n) << 2))
    const scales = v128.load(multipliers + ((<usize>n) << 2))
    let m = 0
    let px = x
    for (; m + 2 <= rows; m += 2) {
      blockOf2(op, px, panel, stride, out, m * columns + n, columns, count, biases, scales)
      px += stride << 2
    }
    if (m < rows) blockOf1(op, px, panel, stride, out, m * columns + n, count, biases, scales)
    panel += stride << 2
  }
}

// @ts-ignore: decorator
@inline
function blockOf1(
  op: usize,
  x: usize,
  panel: usize,
  stride: usize,
  out: usize,
  index: i32,
  count: i32,
  biases: v128,
  scales: v128,
): void {
  let a0 = i32x4.splat(0)
  let a1 = i32x4.splat(0)
  let a2 = i32x4.splat(0)
  let a3 = i32x4.splat(0)
  const w1 = panel + stride
  const w2 = w1 + stride
  const w3 = w2 + stride
  for (let k: usize = 0; k < stride; k += 16) {
    const low = v128.load(x)
    const high = v128.load(x, 16)
    x += 32
    a0 = i32x4.add(a0, dot16(v128.load(panel + k), low, high))
    a1 = i32x4.add(a1, dot16(v128.load(w1 + k), low, high))
    a2 = i32x4.add(a2, dot16(v128.load(w2 + k), low, high))
    a3 = i32x4.add(a3, dot16(v128.load(w3 + k), low, high))
  }
  emit4(op, out, index, count, i32x4.add(biases, horizontal(a0, a1, a2, a3)), scales)
}

// @ts-ignore: decorator
@inline
function blockOf2(
  op: usize,
  x: usize,
  panel: usize,
  stride: usize,
  out: usize,
  index: i32,
  columns: i32,
  count: i32,
  biases: v128,
  scales: v128,
): void {
  let a0 = i32x4.splat(0)
  let a1 = i32x4.splat(0)
  let a2 = i32x4.splat(0)
  let a3 = i32x4.splat(0)
  let b0 = i32x4.splat(0)
  let b1 = i32x4.splat(0)
  let b2 = i32x4.splat(0)
  let b3 = i32x4.splat(0)
  const w1 = panel + stride
  const w2 = w1 + stride
  const w3 = w2 + stride
  let y = x + (stride << 1)
  for (let k: usize = 0; k < stride; k += 16) {
    const xLow = v128.load(x)
    const xHigh = v128.load(x, 16)
    const yLow = v128.load(y)
    const yHigh = v128.load(y, 16)
    x += 32
    y += 32
    let bytes = v128.load(panel + k)
    let low = i16x8.extend_low_i8x16_s(bytes)
    let high = i16x8.extend_high_i8x16_s(bytes)
    a0 = i32x4.add(a0, i32x4.add(i32x4.dot_i16x8_s(low, xLow), i32x4.dot_i16x8_s(high, xHigh)))
    b0 = i32x4.add(b0, i32x4.add(i32x4.dot_i16x8_s(low, yLow), i32x4.dot_i16x8_s(high, yHigh)))
    bytes = v128.load(w1 + k)
    low = i16x8.extend_low_i8x16_s(bytes)
    high = i16x8.extend_high_i8x16_s(bytes)
    a1 = i32x4.add(a1, i32x4.add(i32x4.dot_i16x8_s(low, xLow), i32x4.dot_i16x8_s(high, xHigh)))
    b1 = i32x4.add(b1, i32x4.add(i32x4.dot_i16x8_s(low, yLow), i32x4.dot_i16x8_s(high, yHigh)))
    bytes = v128.load(w2 + k)
    low = i16x8.extend_low_i8x16_s(bytes)
    high = i16x8.extend_high_i8x16_s(bytes)
    a2 = i32x4.add(a2, i32x4.add(i32x4.dot_i16x8_s(low, xLow), i32x4.dot_i16x8_s(high, xHigh)))
    b2 = i32x4.add(b2, i32x4.add(i32x4.dot_i16x8_s(low, yLow), i32x4.dot_i16x8_s(high, yHigh)))
    bytes = v128.load(w3 + k)
    low = i16x8.extend_low_i8x16_s(bytes)
    high = i16x8.extend_high_i8x16_s(bytes)
    a3 = i32x4.add(a3, i32x4.add(i32x4.dot_i16x8_s(low, xLow), i32x4.dot_i16x8_s(high, xHigh)))
    b3 = i32x4.add(b3, i32x4.add(i32x4.dot_i16x8_s(low, yLow), i32x4.dot_i16x8_s(high, yHigh)))
  }
  emit4(op, out, index, count, i32x4.add(biases, horizontal(a0, a1, a2, a3)), scales)
  emit4(op, out, index + columns, count, i32x4.add(biases, horizontal(b0, b1, b2, b3)), scales)
}

/** Sixteen products, summed to four. |i8 · i16 with 9 significant bits| leaves room for the pairwise sum. */
// @ts-ignore: decorator
@inline
function dot16(bytes: v128, low: v128, high: v128): v128 {
  return i32x4.add(
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(bytes), low),
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(bytes), high),
  )
}

/** Lane i of the result is the sum of the lanes of argument i. */
// @ts-ignore: decorator
@inline
function horizontal(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7))
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7))
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7))
}
