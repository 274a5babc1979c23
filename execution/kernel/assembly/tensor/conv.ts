import {
  BIAS,
  IN_C,
  IN_H,
  IN_W,
  INPUT,
  INPUT_TYPE,
  INPUT_ZERO,
  KERNEL_H,
  KERNEL_W,
  MULTIPLIERS,
  OUT_C,
  OUT_H,
  OUT_W,
  OUTPUT,
  OUTPUT_TYPE,
  PAD_LEFT,
  PAD_TOP,
  SCRATCH,
  STRIDE,
  STRIDE_H,
  STRIDE_W,
  TYPE_I32,
  WEIGHTS,
} from './descriptor'
import { matmul } from './matmul'
import { element, pack } from './pack'
import { emit } from './requantize'

/**
 * 2-D convolution, [H, W, C] with weights [O, KH, KW, C] → [OH, OW, O]. One output row at a time: its windows are laid
 * out as rows of i16 in scratch (im2col), then it is a matrix product. Padding has the value of the zero point.
 */
export function conv2d(op: usize): void {
  const outH = load<i32>(op, OUT_H)
  const outW = load<i32>(op, OUT_W)
  const outC = load<i32>(op, OUT_C)
  const depth = load<i32>(op, KERNEL_H) * load<i32>(op, KERNEL_W) * load<i32>(op, IN_C)
  const scratch = <usize>load<u32>(op, SCRATCH)
  const rowBytes = <usize>(outW * outC) << (load<i32>(op, OUTPUT_TYPE) == TYPE_I32 ? 2 : 0)
  let out = <usize>load<u32>(op, OUTPUT)
  for (let y = 0; y < outH; y++) {
    windows(op, y, scratch)
    matmul(op, scratch, out, outW, depth, outC)
    out += rowBytes
  }
}

/** The windows of output row `y`, one after the other, each `STRIDE` elements of i16. */
function windows(op: usize, y: i32, scratch: usize): void {
  const inH = load<i32>(op, IN_H)
  const inW = load<i32>(op, IN_W)
  const channels = load<i32>(op, IN_C)
  const outW = load<i32>(op, OUT_W)
  const kernelH = load<i32>(op, KERNEL_H)
  const kernelW = load<i32>(op, KERNEL_W)
  const type = load<i32>(op, INPUT_TYPE)
  const zero = load<i32>(op, INPUT_ZERO)
  const input = <usize>load<u32>(op, INPUT)
  const top = y * load<i32>(op, STRIDE_H) - load<i32>(op, PAD_TOP)
  const stride = (<usize>load<i32>(op, STRIDE)) << 1
  const line = <usize>(kernelW * channels) << 1
  let left = -load<i32>(op, PAD_LEFT)
  for (let x = 0; x < outW; x++) {
    const from = max(left, 0)
    const to = min(left + kernelW, inW)
    const before = (<usize>((from - left) * channels)) << 1
    const count = (to - from) * channels
    let target = scratch
    for (let row = top; row < top + kernelH; row++) {
      if (row < 0 || row >= inH) {
        memory.fill(target, 0, line)
      } else {
        const after = before + ((<usize>count) << 1)
        if (before > 0) memory.fill(target, 0, before)
        pack(input + <usize>((row * inW + from) * channels), target + before, count, type, zero)
        if (after < line) memory.fill(target + after, 0, line - after)
      }
      target += line
    }
    scratch += stride
    left += load<i32>(op, STRIDE_W)
  }
}

/** Depthwise convolution: each channel with its own window, weights [KH, KW, C], [H, W, C] → [OH, OW, C]. */
export function depthwiseConv2d(op: usize): void {
  const inH = load<i32>(op, IN_H)
  const inW = load<i32>(op, IN_W)
  const channels = load<i32>(op, IN_C)
  const outH = load<i32>(op, OUT_H)
  const outW = load<i32>(op, OUT_W)
  const kernelH = load<i32>(op, KERNEL_H)
  const kernelW = load<i32>(op, KERNEL_W)
  const type = load<i32>(op, INPUT_TYPE)
  const zero = load<i32>(op, INPUT_ZERO)
  const input = <usize>load<u32>(op, INPUT)
  const out = <usize>load<u32>(op, OUTPUT)
  const weights = <usize>load<u32>(op, WEIGHTS)
  const bias = <usize>load<u32>(op, BIAS)
  const multipliers = <usize>load<u32>(op, MULTIPLIERS)
  let index = 0
  for (let y = 0; y < outH; y++) {
    const top = y * load<i32>(op, STRIDE_H) - load<i32>(op, PAD_TOP)
    for (let x = 0; x < outW; x++) {
      const left = x * load<i32>(op, STRIDE_W) - load<i32>(op, PAD_LEFT)
      const fromY = max(top, 0)
      const toY = min(top + kernelH, inH)
      const fromX = max(left, 0)
      const toX = min(left + kernelW, inW)
      for (let c = 0; c < channels; c++) {
        let sum = load<i32>(bias + ((<usize>c) << 2))
        for (let row = fromY; row < toY; row++) {
          let at = input + <usize>((row * inW + fromX) * channels + c)
          let weight = weights + <usize>(((row - top) * kernelW + fromX - left) * channels + c)
          for (let column = fromX; column < toX; column++) {
            sum += (element(at, type) - zero) * i32(load<i8>(weight))
            at += <usize>channels
            weight += <usize>channels
          }
        }
        emit(op, out, index, sum, load<i32>(multipliers + ((<usize>c) << 2)))
        index++
      }
    }
  }
}
