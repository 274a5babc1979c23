/**
 * Tensor programs: what a model is on the chain. A program is a byte string; its keccak-256 is the model's hash. The bytes
 * hold everything that can change an output: operators, shapes, weights, scales (as integer multipliers), tables and the
 * version of the operator set. There is exactly one encoding of a program: `encodeProgram(decodeProgram(b)) = b`.
 *
 * # Values
 *
 * A tensor has a type (`i8`, `u8`, `i32`), a zero point and a shape of 1 … 4 dimensions, the last one contiguous; images
 * are [height, width, channels]. Its real value is scale · (q − zeroPoint); scales are the quantiser's business and enter a
 * program as multipliers only. Tensor 0 is the input; operator i makes tensor i + 1. An operator reads earlier tensors only.
 * The output is the concatenation of the output tensors' bytes, i32 little-endian.
 *
 * # Bytes (integers little-endian)
 *
 *     magic "MTSP" · u8 format (2) · u8 operator set (1) · u16 operators
 *     u64 products · u64 elements · u32 input bytes · u32 output bytes      ← 32 bytes so far
 *     input: u8 type · i16 zero point · u8 rank · u32 dimension each
 *     operators, each: u8 code · fields below
 *     u8 outputs · u16 tensor each
 *
 * The cost in the header is redundant: decoding fails unless it is the one computed from the operators. It lets a price be
 * asked after reading 32 bytes.
 *
 *     code  operator         fields
 *     1     dense            u16 input · u32 columns · u32 depth · i8 weights [columns, depth] · i32 bias · output
 *     2     conv2d           u16 input · window · u32 channels · u32 c · i8 weights [channels, kh, kw, c] · i32 bias · output
 *     3     depthwiseConv2d  u16 input · window · u32 c · i8 weights [kh, kw, c] · i32 bias · output
 *     4, 5  maxPool, averagePool   u16 input · window
 *     6     lookup           u16 input · u8 type · i16 zero point · 256 bytes
 *     7     softmax          u16 input · u8 shift · i32 multiplier
 *     8     add              u16 input · u16 input · output (two multipliers)
 *     9     argmax           u16 input
 *     10    reshape          u16 input · u8 rank · u32 dimension each
 *     11    rescale          u16 input · output (one multiplier)
 *
 *     window: u8 kernel height, width · u8 stride height, width · u8 padding top, left, bottom, right
 *     output: u8 type; if not i32: i16 zero point · i16 lowest · i16 highest · u8 shift · u8 per channel (0, 1) · i32 multipliers
 *     (the flag is there only for operators with a bias)
 *
 * # Meaning (operator set 1)
 *
 * - `rescale(acc, m) = clamp(zeroPoint + floor((acc · m + 2^(shift−1)) / 2^shift), lowest, highest)`, in 64 bits.
 * - dense, conv2d, depthwiseConv2d: acc = bias + Σ (x − zeroPoint) · w, padding contributes nothing; rescaled per channel,
 *   or the accumulators as they are when the output is i32. Dense works on the last dimension (rank 1 or 2).
 * - Pools leave padding out; the mean is floor((2 Σ + n) / 2n). lookup indexes by the raw byte.
 * - softmax over the last dimension: with d = max − x, t = floor(d · multiplier / 2^shift),
 *   e = round(2^15 · 2^(−(t mod 256)/256)) >> floor(t / 256), y = floor((510 e + Σe) / 2Σe), u8.
 * - add: floor-rescale of (a − za) · m₀ + (b − zb) · m₁. argmax over all elements, the first of equals: u8, or i32 when
 *   there are more than 256.
 *
 * # Cost
 *
 * With ⌈n⌉ₘ for n rounded up to a multiple of m, `windows` for the positions of a window, and depth = kh · kw · c for conv2d, kh · kw
 * for depthwiseConv2d:
 *
 *     operator         products                  elements
 *     dense            rows · ⌈K⌉₁₆ · ⌈N⌉₄       rows · (K + N + 4)
 *     conv2d           windows · ⌈depth⌉₁₆ · ⌈O⌉₄   windows · (depth + 4 kh + O + 4)
 *     depthwiseConv2d  0                         windows · c · (depth + 4)
 *     pools            0                         windows · c · (kh · kw + 4)
 *     softmax          0                         4 · rows · (depth + 1)
 *     add              0                         2 · count
 *     lookup, rescale, argmax   0                count
 *     reshape          0                         0
 *
 * # Rules
 *
 * No weight is −128; multipliers are 0 … 2^31 − 1; shifts 16 … 62; for each channel Σ|w| · max|x − zeroPoint| + |bias| < 2^31,
 * so no order of summation overflows i32; i32 tensors feed only rescale, argmax, reshape and the output; padding is smaller
 * than the kernel; every tensor is used.
 */
export type TensorType = 'i8' | 'u8' | 'i32'

export type TensorSpec = { type: TensorType; zeroPoint: number; shape: readonly number[] }

/** How accumulators become output elements. `multipliers`: one, or one per channel. */
export type Output =
  | { type: 'i32' }
  | {
      type: 'i8' | 'u8'
      zeroPoint: number
      lowest: number
      highest: number
      shift: number
      multipliers: Int32Array
    }

export type Window = {
  kernel: readonly [height: number, width: number]
  stride: readonly [height: number, width: number]
  padding: readonly [top: number, left: number, bottom: number, right: number]
}

export type Dense = {
  kind: 'dense'
  input: number
  columns: number
  /** [columns, depth] */
  weights: Int8Array
  bias: Int32Array
  output: Output
}
export type Conv2d = {
  kind: 'conv2d'
  input: number
  window: Window
  channels: number
  /** [channels, kernel height, kernel width, input channels] */
  weights: Int8Array
  bias: Int32Array
  output: Output
}
export type DepthwiseConv2d = {
  kind: 'depthwiseConv2d'
  input: number
  window: Window
  /** [kernel height, kernel width, channels] */
  weights: Int8Array
  bias: Int32Array
  output: Output
}
export type Pool = { kind: 'maxPool' | 'averagePool'; input: number; window: Window }
export type Lookup = {
  kind: 'lookup'
  input: number
  type: 'i8' | 'u8'
  zeroPoint: number
  /** 256 bytes */
  table: Uint8Array
}
export type Softmax = { kind: 'softmax'; input: number; shift: number; multiplier: number }
export type Add = { kind: 'add'; inputs: readonly [number, number]; output: Output }
export type Argmax = { kind: 'argmax'; input: number }
export type Reshape = { kind: 'reshape'; input: number; shape: readonly number[] }
export type Rescale = { kind: 'rescale'; input: number; output: Output }

export type Operator =
  | Dense
  | Conv2d
  | DepthwiseConv2d
  | Pool
  | Lookup
  | Softmax
  | Add
  | Argmax
  | Reshape
  | Rescale

/** What an author writes; {@link Program} is the same, checked. */
export type ProgramSource = {
  input: TensorSpec
  operators: readonly Operator[]
  /** Tensors whose bytes make up the output, in order. */
  outputs: readonly number[]
}

/** Static cost: the same for every input. */
export type Cost = {
  operators: number
  /** multiply-accumulates of dense and convolutions */
  macs: number
  /** those of dense and conv2d as they are carried out: 16 of depth at a time, for 4 columns */
  products: number
  /** elements that are read, gathered, rescaled or combined one by one, with what each row or window takes beside them */
  elements: number
}

export type Program = ProgramSource & {
  /** Tensor 0 is the input, tensor i + 1 the result of operator i. */
  tensors: readonly TensorSpec[]
  cost: Cost
  inputBytes: number
  outputBytes: number
}

/** What a decoder or encoder refuses as `programTooLarge`. */
export type ProgramLimits = {
  bytes: number
  operators: number
  products: number
  elements: number
  /** All tensors and working space together, if nothing were reused. */
  memoryBytes: number
}

export const defaultLimits: ProgramLimits = {
  bytes: 16 * 2 ** 20,
  operators: 1024,
  products: 2 ** 34,
  elements: 2 ** 30,
  memoryBytes: 256 * 2 ** 20,
}

/** What chains run: the bounds of INFER, in both builds of the kernel. */
export const chainLimits: ProgramLimits = { ...defaultLimits, bytes: 2 ** 20, memoryBytes: 32 * 2 ** 20 }

export const operatorCodes = {
  dense: 1,
  conv2d: 2,
  depthwiseConv2d: 3,
  maxPool: 4,
  averagePool: 5,
  lookup: 6,
  softmax: 7,
  add: 8,
  argmax: 9,
  reshape: 10,
  rescale: 11,
} as const satisfies Record<Operator['kind'], number>

export const typeCodes = { i8: 0, u8: 1, i32: 2 } as const satisfies Record<TensorType, number>

export const headerBytes = 32
export const formatVersion = 2
export const operatorSet = 1

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

export function byteLength(tensor: TensorSpec): number {
  return elementCount(tensor.shape) * (tensor.type === 'i32' ? 4 : 1)
}

/** Range of a quantised type. */
export function rangeOf(type: 'i8' | 'u8'): readonly [lowest: number, highest: number] {
  return type === 'i8' ? [-128, 127] : [0, 255]
}

export function inputsOf(operator: Operator): readonly number[] {
  return operator.kind === 'add' ? operator.inputs : [operator.input]
}
