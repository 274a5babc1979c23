import { BIAS, STRIDE, TYPE_I8, WEIGHTS } from '../descriptor'
import { failed, nextBytes } from './reader'
import { typeOf, zeroOf } from './table'

/**
 * Reads weights and bias where they are in the program: `declared` weights, which have to be `depth` for each channel, `step`
 * apart. False when a weight is -128 or an accumulator could overflow.
 */
export function readWeights(op: usize, input: usize, declared: u64, channels: u64, depth: u64, step: u64): bool {
  const weights = nextBytes(declared)
  const bias = nextBytes(channels << 2)
  if (failed || declared != channels * depth) return false
  store<u32>(op, weights, WEIGHTS)
  store<u32>(op, bias, BIAS)
  store<u32>(op, u32(depth), STRIDE)
  const zero = i64(zeroOf(input))
  const largest = typeOf(input) == TYPE_I8 ? max<i64>(zero + 128, 127 - zero) : max<i64>(zero, 255 - zero)
  for (let channel: usize = 0; channel < <usize>channels; channel++) {
    let sum: i64 = 0
    let at = weights + (step == 1 ? channel * <usize>depth : channel)
    for (let n = depth; n > 0; n--) {
      const weight = i64(load<i8>(at))
      if (weight == -128) return false
      sum += weight < 0 ? -weight : weight
      at += <usize>step
    }
    const start = i64(load<i32>(bias + (channel << 2)))
    if (sum * largest + (start < 0 ? -start : start) > 0x7fffffff) return false
  }
  return true
}
