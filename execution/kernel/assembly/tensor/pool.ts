import {
  IN_C,
  IN_H,
  IN_W,
  INPUT,
  INPUT_TYPE,
  KERNEL_H,
  KERNEL_W,
  OUT_H,
  OUT_W,
  OUTPUT,
  PAD_LEFT,
  PAD_TOP,
  STRIDE_H,
  STRIDE_W,
  TYPE_I8,
} from './descriptor'
import { element } from './pack'

/** Largest element of each window, padding left out. Type and zero point stay. */
export function maxPool(op: usize): void {
  pool(op, true)
}

/** Mean of each window, padding left out, rounded half up. Type and zero point stay. */
export function averagePool(op: usize): void {
  pool(op, false)
}

// @ts-ignore: decorator
@inline
function pool(op: usize, largest: bool): void {
  const inH = load<i32>(op, IN_H)
  const inW = load<i32>(op, IN_W)
  const channels = load<i32>(op, IN_C)
  const outH = load<i32>(op, OUT_H)
  const outW = load<i32>(op, OUT_W)
  const kernelH = load<i32>(op, KERNEL_H)
  const kernelW = load<i32>(op, KERNEL_W)
  const type = load<i32>(op, INPUT_TYPE)
  const input = <usize>load<u32>(op, INPUT)
  let out = <usize>load<u32>(op, OUTPUT)
  for (let y = 0; y < outH; y++) {
    const top = y * load<i32>(op, STRIDE_H) - load<i32>(op, PAD_TOP)
    const fromY = max(top, 0)
    const toY = min(top + kernelH, inH)
    for (let x = 0; x < outW; x++) {
      const left = x * load<i32>(op, STRIDE_W) - load<i32>(op, PAD_LEFT)
      const fromX = max(left, 0)
      const toX = min(left + kernelW, inW)
      const corner = input + <usize>((fromY * inW + fromX) * channels)
      let c = 0
      if (ASC_FEATURE_SIMD) {
        if (largest) {
          for (; c + 16 <= channels; c += 16) {
            v128.store(out, largest16(corner + <usize>c, toY - fromY, toX - fromX, channels, inW, type))
            out += 16
          }
        }
      }
      for (; c < channels; c++) {
        // Window sums of i8 are shifted by 128 each to be non-negative: division then rounds down.
        const offset = type == TYPE_I8 ? 128 : 0
        let best = 0
        let sum = 0
        for (let row = 0; row < toY - fromY; row++) {
          let at = corner + <usize>(row * inW * channels + c)
          for (let column = fromX; column < toX; column++) {
            const value = element(at, type) + offset
            if (largest) best = max(best, value)
            else sum += value
            at += <usize>channels
          }
        }
        const count = (toY - fromY) * (toX - fromX)
        store<u8>(out, <u8>((largest ? best : (2 * sum + count) / (2 * count)) - offset))
        out++
      }
    }
  }
}

/** Sixteen channels at once. */
function largest16(corner: usize, height: i32, width: i32, channels: i32, inW: i32, type: i32): v128 {
  let best = v128.load(corner)
  for (let row = 0; row < height; row++) {
    let at = corner + <usize>(row * inW * channels)
    for (let column = 0; column < width; column++) {
      const values = v128.load(at)
      best = type == TYPE_I8 ? i8x16.max_s(best, values) : i8x16.max_u(best, values)
      at += <usize>channels
    }
  }
  return best
}
