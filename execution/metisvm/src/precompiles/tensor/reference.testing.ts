import type { Output } from '@metis-stack/inference'
import type { TensorCall } from './encode.js'

/** The meaning of the tensor precompiles, written down naively: one BigInt at a time, nothing shared with the kernel. */
export function referenceOutput(call: TensorCall): Uint8Array {
  switch (call.operation) {
    case 'matmul': {
      const { rows, depth, columns, weights, bias, output } = call
      const x = elements(call.x.type, call.x.bytes).map((value) => value - BigInt(call.x.zeroPoint))
      const results: bigint[][] = []
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = 0n
          for (let k = 0; k < depth; k++) sum += x[row * depth + k]! * BigInt(weights[column * depth + k]!)
          results.push([sum + BigInt(bias?.[column] ?? 0), BigInt(column)])
        }
      }
      return rescaled(results, output)
    }
    case 'conv2d': {
      const { shape, window, outputs, weights, bias, output } = call
      const [height, width, channels] = shape
      const [kernelH, kernelW] = window.kernel
      const [top, left, bottom, right] = window.padding
      const x = elements(call.x.type, call.x.bytes).map((value) => value - BigInt(call.x.zeroPoint))
      const at = (row: number, column: number, channel: number): bigint =>
        row < 0 || column < 0 || row >= height || column >= width
          ? 0n
          : x[(row * width + column) * channels + channel]!
      const results: bigint[][] = []
      for (let y = -top; y + kernelH <= height + bottom; y += window.stride[0]) {
        for (let z = -left; z + kernelW <= width + right; z += window.stride[1]) {
          for (let o = 0; o < outputs; o++) {
            let sum = BigInt(bias?.[o] ?? 0)
            for (let i = 0; i < kernelH; i++) {
              for (let j = 0; j < kernelW; j++) {
                for (let c = 0; c < channels; c++) {
                  const weight = weights[((o * kernelH + i) * kernelW + j) * channels + c]!
                  sum += at(y + i, z + j, c) * BigInt(weight)
                }
              }
            }
            results.push([sum, BigInt(o)])
          }
        }
      }
      return rescaled(results, output)
    }
    case 'softmax': {
      const x = elements(call.x.type, call.x.bytes)
      const output: number[] = []
      for (let row = 0; row < call.rows; row++) {
        const values = x.slice(row * call.depth, (row + 1) * call.depth)
        const largest = greatest(values)
        const powers = values.map((value) => {
          const t = ((largest - value) * BigInt(call.multiplier)) >> BigInt(call.shift)
          return t >= 4096n ? 0n : BigInt(Math.round(2 ** 15 * 2 ** (-Number(t & 255n) / 256))) >> (t >> 8n)
        })
        const sum = powers.reduce((a, b) => a + b)
        output.push(...powers.map((e) => Number((510n * e + sum) / (2n * sum))))
      }
      return Uint8Array.from(output)
    }
    case 'embed': {
      const bytes = call.columns * (call.type === 'i32' ? 4 : 1)
      return Uint8Array.from(
        [...call.indexes].flatMap((index) => [...call.table.subarray(index * bytes, (index + 1) * bytes)]),
      )
    }
    case 'argmax': {
      const x = elements(call.type, call.x)
      const best = Array.from({ length: call.rows }, (_, row) => {
        const values = x.slice(row * call.depth, (row + 1) * call.depth)
        return BigInt(values.indexOf(greatest(values)))
      })
      return words(best)
    }
  }
}

function greatest(values: readonly bigint[]): bigint {
  let result = values[0]!
  for (const value of values) if (value > result) result = value
  return result
}

function elements(type: 'i8' | 'u8' | 'i32', bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (type === 'i32') return Array.from({ length: bytes.length / 4 }, (_, i) => BigInt(view.getInt32(4 * i)))
  return Array.from(bytes, (_, i) => BigInt(type === 'i8' ? view.getInt8(i) : view.getUint8(i)))
}

function words(values: bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  values.forEach((value, i) => {
    view.setInt32(4 * i, Number(BigInt.asIntN(32, value)))
  })
  return new Uint8Array(view.buffer)
}

function rescaled(results: bigint[][], output: Output): Uint8Array {
  if (output.type === 'i32') return words(results.map(([sum]) => sum!))
  const { multipliers, shift, zeroPoint, lowest, highest } = output
  return Uint8Array.from(results, ([sum, channel]) => {
    const multiplier = multipliers[multipliers.length === 1 ? 0 : Number(channel)]!
    const product = BigInt.asIntN(32, sum!) * BigInt(multiplier) + (1n << BigInt(shift - 1))
    const value = Number(product >> BigInt(shift)) + zeroPoint
    return Math.max(lowest, Math.min(highest, value)) & 255
  })
}
