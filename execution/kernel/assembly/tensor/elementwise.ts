import {
  INPUT,
  INPUT2,
  INPUT2_TYPE,
  INPUT2_ZERO,
  INPUT_TYPE,
  INPUT_ZERO,
  K,
  MULTIPLIERS,
  OUTPUT,
  OUTPUT_TYPE,
  TABLE,
  TYPE_I32,
} from './descriptor'
import { element } from './pack'
import { requantize } from './requantize'

/** Any activation: each byte is the index into a table of 256. */
export function lookup(op: usize): void {
  const count = <usize>load<i32>(op, K)
  const input = <usize>load<u32>(op, INPUT)
  const out = <usize>load<u32>(op, OUTPUT)
  const table = <usize>load<u32>(op, TABLE)
  for (let i: usize = 0; i < count; i++) store<u8>(out + i, load<u8>(table + <usize>load<u8>(input + i)))
}

/** Another scale, zero point, type or range (ReLU is the range [zero, …]); takes i32 accumulators as well. */
export function rescale(op: usize): void {
  const count = <usize>load<i32>(op, K)
  const type = load<i32>(op, INPUT_TYPE)
  const zero = load<i32>(op, INPUT_ZERO)
  const input = <usize>load<u32>(op, INPUT)
  const out = <usize>load<u32>(op, OUTPUT)
  const multiplier = i64(load<i32>(<usize>load<u32>(op, MULTIPLIERS)))
  for (let i: usize = 0; i < count; i++) {
    const value = type == TYPE_I32 ? load<i32>(input + (i << 2)) : element(input + i, type) - zero
    store<u8>(out + i, <u8>requantize(op, i64(value) * multiplier))
  }
}

/** Sum of two tensors of equal shape, each on its own scale. */
export function add(op: usize): void {
  const count = <usize>load<i32>(op, K)
  const typeA = load<i32>(op, INPUT_TYPE)
  const typeB = load<i32>(op, INPUT2_TYPE)
  const zeroA = load<i32>(op, INPUT_ZERO)
  const zeroB = load<i32>(op, INPUT2_ZERO)
  const a = <usize>load<u32>(op, INPUT)
  const b = <usize>load<u32>(op, INPUT2)
  const out = <usize>load<u32>(op, OUTPUT)
  const multipliers = <usize>load<u32>(op, MULTIPLIERS)
  const scaleA = i64(load<i32>(multipliers))
  const scaleB = i64(load<i32>(multipliers, 4))
  for (let i: usize = 0; i < count; i++) {
    const sum = i64(element(a + i, typeA) - zeroA) * scaleA + i64(element(b + i, typeB) - zeroB) * scaleB
    store<u8>(out + i, <u8>requantize(op, sum))
  }
}

/** Index of the largest element, the first of equals; u8, or i32 when there are more than 256. */
export function argmax(op: usize): void {
  const count = load<i32>(op, K)
  const type = load<i32>(op, INPUT_TYPE)
  const input = <usize>load<u32>(op, INPUT)
  let best = 0
  let largest = valueAt(input, 0, type)
  for (let i = 1; i < count; i++) {
    const value = valueAt(input, i, type)
    if (value > largest) {
      largest = value
      best = i
    }
  }
  const out = <usize>load<u32>(op, OUTPUT)
  if (load<i32>(op, OUTPUT_TYPE) == TYPE_I32) store<i32>(out, best)
  else store<u8>(out, <u8>best)
}

// @ts-ignore: decorator
@inline
function valueAt(input: usize, index: i32, type: i32): i32 {
  return type == TYPE_I32 ? load<i32>(input + ((<usize>index) << 2)) : element(input + <usize>index, type)
}
