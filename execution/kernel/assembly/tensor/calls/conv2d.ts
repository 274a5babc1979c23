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
import {
  fours,
  HEADER_BYTES,
  MAX_BYTES,
  MAX_DEPTH,
  MAX_WORK_BYTES,
  padded,
  readInput,
  readOutput,
  u16At,
} from './header'
import { setMeasures } from './measures'
import { channelBytes, outputWidth, placeWeighted, weightedWorkBytes } from './weighted'

/** Reads the header; false when no call has it. */
export function readConv2d(header: usize, op: usize): bool {
  const flags = u32(load<u8>(header, 1))
  const height = u16At(header + 4)
  const width = u16At(header + 6)
  const channels = u16At(header + 8)
  const outputs = u16At(header + 10)
  const kernelH = u64(load<u8>(header, 12))
  const kernelW = u64(load<u8>(header, 13))
  const strideH = u64(load<u8>(header, 14))
  const strideW = u64(load<u8>(header, 15))
  const top = u64(load<u8>(header, 16))
  const left = u64(load<u8>(header, 17))
  const bottom = u64(load<u8>(header, 18))
  const right = u64(load<u8>(header, 19))
  if (flags > 3 || height == 0 || width == 0 || channels == 0 || outputs == 0) return false
  if (kernelH == 0 || kernelW == 0 || strideH == 0 || strideW == 0) return false
  if (max(top, bottom) >= kernelH || max(left, right) >= kernelW) return false
  if (height + top + bottom < kernelH || width + left + right < kernelW) return false
  if (!readInput(header, op) || !readOutput(header, flags, op)) return false
  const outH = (height + top + bottom - kernelH) / strideH + 1
  const outW = (width + left + right - kernelW) / strideW + 1
  const depth = kernelH * kernelW * channels
  if (depth > MAX_DEPTH) return false
  const input = u64(HEADER_BYTES) + height * width * channels + outputs * depth + channelBytes(flags, outputs)
  const output = outH * outW * outputs * outputWidth(op)
  const work = weightedWorkBytes(outW, depth, outputs)
  if (input > MAX_BYTES || output > MAX_BYTES || work > MAX_WORK_BYTES) return false
  store<u32>(op, u32(height), IN_H)
  store<u32>(op, u32(width), IN_W)
  store<u32>(op, u32(channels), IN_C)
  store<u32>(op, u32(outH), OUT_H)
  store<u32>(op, u32(outW), OUT_W)
  store<u32>(op, u32(outputs), OUT_C)
  store<u32>(op, u32(kernelH), KERNEL_H)
  store<u32>(op, u32(kernelW), KERNEL_W)
  store<u32>(op, u32(strideH), STRIDE_H)
  store<u32>(op, u32(strideW), STRIDE_W)
  store<u32>(op, u32(top), PAD_TOP)
  store<u32>(op, u32(left), PAD_LEFT)
  const windows = outH * outW
  // A window is gathered row by row: each row costs as much as four more elements.
  const gathered = windows * (depth + 4 * kernelH)
  const products = windows * padded(depth) * fours(outputs)
  setMeasures(input, output, work, products, gathered + windows * (outputs + 4) + outputs * ((depth >> 3) + 4))
  return true
}

export function placeConv2d(op: usize, input: usize, work: usize): void {
  const channels: usize = load<u32>(op, IN_C)
  const data = <usize>load<u32>(op, IN_H) * load<u32>(op, IN_W) * channels
  const depth = <usize>load<u32>(op, KERNEL_H) * load<u32>(op, KERNEL_W) * channels
  placeWeighted(op, input, data, depth, load<u32>(op, OUT_C), load<u8>(input, 1), work)
}
