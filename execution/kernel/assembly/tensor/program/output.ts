/** How accumulators become the elements of a tensor: the part of an operator that all weighted ones share. */
import { HIGHEST, LOWEST, MULTIPLIERS, OUTPUT_TYPE, OUTPUT_ZERO, SHIFT, TYPE_I32, TYPE_U8 } from '../descriptor'
import { failed, nextBytes, nextI16, nextU8 } from './reader'
import { isInType, isTensor, setType } from './table'

/** Where arrays go that the program does not have in the form needed. */
export let arrays: usize = 0

export function openArrays(at: usize): void {
  arrays = at
}

export function isScale(shift: u32, multipliers: usize, count: u64): bool {
  if (shift < 16 || shift > 62) return false
  for (let i: usize = 0; i < <usize>count; i++) if (load<i32>(multipliers + (i << 2)) < 0) return false
  return true
}

/**
 * Reads an output block. `channels` 0: the operator has `multipliers` of its own number and needs an 8-bit result. Sets the
 * type of the tensor, whose shape is there already.
 */
export function readOutput(op: usize, tensor: usize, channels: u64, multipliers: u64): bool {
  const type = i32(nextU8())
  if (failed || type > TYPE_I32) return false
  store<i32>(op, type, OUTPUT_TYPE)
  if (type == TYPE_I32) {
    if (channels == 0) return false
    setType(tensor, TYPE_I32, 0)
    // Not read, but there has to be an address.
    store<u32>(op, arrays, MULTIPLIERS)
    arrays += <usize>channels << 2
    return isTensor(tensor)
  }
  const zero = nextI16()
  const lowest = nextI16()
  const highest = nextI16()
  const shift = nextU8()
  let count = multipliers
  if (channels != 0) {
    const perChannel = nextU8()
    if (perChannel > 1 || (perChannel == 1 && channels == 1)) return false
    count = perChannel == 1 ? channels : 1
  }
  const values = nextBytes(count << 2)
  if (failed || !isScale(shift, values, count)) return false
  if (!isInType(lowest, type) || !isInType(highest, type) || lowest > highest) return false
  store<i32>(op, zero, OUTPUT_ZERO)
  store<i32>(op, lowest, LOWEST)
  store<i32>(op, highest, HIGHEST)
  store<u32>(op, shift, SHIFT)
  store<u32>(op, values, MULTIPLIERS)
  if (channels > count) {
    store<u32>(op, arrays, MULTIPLIERS)
    const value = load<u32>(values)
    for (let n = channels; n > 0; n--) {
      store<u32>(arrays, value)
      arrays += 4
    }
  }
  setType(tensor, type, zero)
  return isTensor(tensor)
}

/** 8 bits. */
export function isSmall(type: i32): bool {
  return type == TYPE_U8 || type == 0
}
