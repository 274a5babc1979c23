/**
 * An operator in memory: 32 little-endian i32 words, written by the host when it plans a program. Pointers are byte
 * addresses. Words that an operator does not name are not read. The host has checked every shape, pointer and bound:
 * see `@metis-stack/inference`.
 *
 *   0 operator   1 input   2 input type   3 input zero point
 *   4 output     5 output type   6 output zero point   7 smallest output   8 largest output
 *   9 shift     10 multipliers (i32 per channel)   11 bias (i32 per channel)   12 weights (i8)
 *  13 row stride of the packed weights, elements, a multiple of 16   14 scratch (i16)
 *  15 … 26 shape, by operator: see each
 */
export const DESCRIPTOR_BYTES: usize = 128

export const OPERATOR: usize = 0
export const INPUT: usize = 4
export const INPUT_TYPE: usize = 8
export const INPUT_ZERO: usize = 12
export const OUTPUT: usize = 16
export const OUTPUT_TYPE: usize = 20
export const OUTPUT_ZERO: usize = 24
export const LOWEST: usize = 28
export const HIGHEST: usize = 32
export const SHIFT: usize = 36
export const MULTIPLIERS: usize = 40
export const BIAS: usize = 44
export const WEIGHTS: usize = 48
export const STRIDE: usize = 52
export const SCRATCH: usize = 56

/** Dense: rows M, depth K, columns N. Element-wise, argmax: K elements. Softmax: M rows of K. */
export const M: usize = 60
export const K: usize = 64
export const N: usize = 68

/** Windows: height, width, channels of the input, then of the output; kernel, stride, padding above and left. */
export const IN_H: usize = 60
export const IN_W: usize = 64
export const IN_C: usize = 68
export const OUT_H: usize = 72
export const OUT_W: usize = 76
export const OUT_C: usize = 80
export const KERNEL_H: usize = 84
export const KERNEL_W: usize = 88
export const STRIDE_H: usize = 92
export const STRIDE_W: usize = 96
export const PAD_TOP: usize = 100
export const PAD_LEFT: usize = 104

/** Add: the second operand, with its multiplier at MULTIPLIERS + 4. Lookup: the table. */
export const INPUT2: usize = 108
export const INPUT2_TYPE: usize = 112
export const INPUT2_ZERO: usize = 116
export const TABLE: usize = 120

export const TYPE_I8: i32 = 0
export const TYPE_U8: i32 = 1
export const TYPE_I32: i32 = 2
