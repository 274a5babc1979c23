/** The sliding window of the operator that is read. */
import {
  IN_C,
  IN_H,
  IN_W,
  KERNEL_H,
  KERNEL_W,
  OUT_C,
  OUT_H,
  OUT_W,
  PAD_LEFT,
  PAD_TOP,
  STRIDE_H,
  STRIDE_W,
} from '../descriptor'
import { nextBytes } from './reader'
import { dimension, rankOf } from './table'

let fields: usize = 0
let inHeight: u64 = 0
let inWidth: u64 = 0
export let outHeight: u64 = 0
export let outWidth: u64 = 0
/** Elements of one channel. */
export let windowDepth: u64 = 0

// @ts-ignore: decorator
@inline
function field(i: usize): u64 {
  return u64(load<u8>(fields + i))
}

/** Reads the window's eight bytes; false when it does not fit the tensor. */
export function readWindow(input: usize): bool {
  fields = nextBytes(8)
  if (fields == 0 || rankOf(input) != 3) return false
  inHeight = dimension(input, 0)
  inWidth = dimension(input, 1)
  const kernelH = field(0)
  const kernelW = field(1)
  if (kernelH == 0 || kernelW == 0 || field(2) == 0 || field(3) == 0) return false
  if (max(field(4), field(6)) >= kernelH || max(field(5), field(7)) >= kernelW) return false
  const height = inHeight + field(4) + field(6)
  const width = inWidth + field(5) + field(7)
  if (height < kernelH || width < kernelW) return false
  outHeight = (height - kernelH) / field(2) + 1
  outWidth = (width - kernelW) / field(3) + 1
  windowDepth = kernelH * kernelW
  return true
}

export function kernelHeight(): u64 {
  return field(0)
}

export function writeWindow(op: usize, channels: u64, outputs: u64): void {
  store<u32>(op, u32(inHeight), IN_H)
  store<u32>(op, u32(inWidth), IN_W)
  store<u32>(op, u32(channels), IN_C)
  store<u32>(op, u32(outHeight), OUT_H)
  store<u32>(op, u32(outWidth), OUT_W)
  store<u32>(op, u32(outputs), OUT_C)
  store<u32>(op, u32(field(0)), KERNEL_H)
  store<u32>(op, u32(field(1)), KERNEL_W)
  store<u32>(op, u32(field(2)), STRIDE_H)
  store<u32>(op, u32(field(3)), STRIDE_W)
  store<u32>(op, u32(field(4)), PAD_TOP)
  store<u32>(op, u32(field(5)), PAD_LEFT)
}
