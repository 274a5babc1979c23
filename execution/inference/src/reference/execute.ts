import { InferenceError } from '../errors.js'
import { elementCount, type Operator, type Output, type Program, type TensorSpec } from '../format/program.js'
import { exponentials } from './exponentials.js'

type Values = Int8Array | Uint8Array | Int32Array

/**
 * Executes a program in plain JavaScript: the meaning of the format, written without the kernel and its tricks. It is the
 * oracle of the differential tests and the peer of the benchmarks.
 *
 * @throws {InferenceError} `inputLength`
 */
export function executeReference(program: Program, input: Uint8Array): Uint8Array {
  if (input.length !== program.inputBytes) {
    throw new InferenceError('inputLength', `Input has ${input.length} bytes, not ${program.inputBytes}.`)
  }
  const first = allocate(program.input)
  bytesOf(first).set(input)
  const values: Values[] = [first]
  program.operators.forEach((operator, index) => {
    const output = allocate(program.tensors[index + 1]!)
    run(operator, program.tensors, values, output, program.tensors[index + 1]!)
    values.push(output)
  })
  const result = new Uint8Array(program.outputBytes)
  let at = 0
  for (const id of program.outputs) {
    const bytes = bytesOf(values[id]!)
    result.set(bytes, at)
    at += bytes.length
  }
  return result
}

function allocate({ type, shape }: TensorSpec): Values {
  const count = elementCount(shape)
  return type === 'i8' ? new Int8Array(count) : type === 'u8' ? new Uint8Array(count) : new Int32Array(count)
}

/** The values' own memory; platforms that run V8 are little-endian. */
function bytesOf(values: Values): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

function run(
  operator: Operator,
  tensors: readonly TensorSpec[],
  values: readonly Values[],
  out: Values,
  outSpec: TensorSpec,
): void {
  const id = operator.kind === 'add' ? operator.inputs[0] : operator.input
  const x = values[id]!
  const { zeroPoint, shape } = tensors[id]!
  switch (operator.kind) {
    case 'dense': {
      const depth = shape.at(-1)!
      const { columns, weights, bias, output } = operator
      const line = new Int32Array(depth)
      for (let row = 0, at = 0; row < x.length; row += depth) {
        for (let i = 0; i < depth; i++) line[i] = x[row + i]! - zeroPoint
        for (let column = 0; column < columns; column++, at++) {
          out[at] = rescaled(dot(line, weights, column * depth, bias[column]!), output, column)
        }
      }
      return
    }
    case 'conv2d': {
      const { channels, weights, bias, output } = operator
      const inChannels = shape[2]!
      const line = operator.window.kernel[1] * inChannels
      const patch = new Int32Array(operator.window.kernel[0] * line)
      eachWindow(operator.window, shape, outSpec.shape, (corner, top, left, bottom, right, at, dy, dx) => {
        // The window as one row; what lies outside of the input stays zero.
        patch.fill(0)
        for (let row = top; row < bottom; row++) {
          let from = corner + (row - top) * shape[1]! * inChannels
          let to = (row + dy) * line + (left + dx) * inChannels
          for (let i = (right - left) * inChannels; i > 0; i--) patch[to++] = x[from++]! - zeroPoint
        }
        for (let channel = 0; channel < channels; channel++) {
          const sum = dot(patch, weights, channel * patch.length, bias[channel]!)
          out[at * channels + channel] = rescaled(sum, output, channel)
        }
      })
      return
    }
    case 'depthwiseConv2d': {
      const { weights, bias, output } = operator
      const channels = shape[2]!
      const kernelWidth = operator.window.kernel[1]
      eachWindow(operator.window, shape, outSpec.shape, (corner, top, left, bottom, right, at, dy, dx) => {
        for (let channel = 0; channel < channels; channel++) {
          let sum = bias[channel]!
          for (let row = top; row < bottom; row++) {
            for (let column = left; column < right; column++) {
              const from = corner + ((row - top) * shape[1]! + column - left) * channels + channel
              const weight = ((row + dy) * kernelWidth + column + dx) * channels + channel
              sum = (sum + (x[from]! - zeroPoint) * weights[weight]!) | 0
            }
          }
          out[at * channels + channel] = rescaled(sum, output, channel)
        }
      })
      return
    }
    case 'maxPool':
    case 'averagePool': {
      const channels = shape[2]!
      eachWindow(operator.window, shape, outSpec.shape, (corner, top, left, bottom, right, at) => {
        const count = (bottom - top) * (right - left)
        for (let channel = 0; channel < channels; channel++) {
          let largest = -Infinity
          let sum = 0
          for (let row = 0; row < bottom - top; row++) {
            for (let column = 0; column < right - left; column++) {
              const value = x[corner + (row * shape[1]! + column) * channels + channel]!
              largest = Math.max(largest, value)
              sum += value
            }
          }
          out[at * channels + channel] =
            operator.kind === 'maxPool' ? largest : Math.floor((2 * sum + count) / (2 * count))
        }
      })
      return
    }
    case 'lookup': {
      const raw = bytesOf(out)
      const index = bytesOf(x)
      for (let i = 0; i < raw.length; i++) raw[i] = operator.table[index[i]!]!
      return
    }
    case 'softmax': {
      const depth = shape.at(-1)!
      for (let row = 0; row < x.length; row += depth) {
        const logits = Array.from(x.subarray(row, row + depth))
        const largest = logits.reduce((a, b) => Math.max(a, b))
        const powers = logits.map((value) => {
          const t = Number((BigInt(largest - value) * BigInt(operator.multiplier)) >> BigInt(operator.shift))
          return t >= 4096 ? 0 : exponentials[t & 255]! >> (t >> 8)
        })
        const sum = powers.reduce((a, b) => a + b)
        powers.forEach((e, i) => {
          out[row + i] = Math.floor((510 * e + sum) / (2 * sum))
        })
      }
      return
    }
    case 'add': {
      const { output } = operator
      if (output.type === 'i32') return
      const y = values[operator.inputs[1]]!
      const zeroOfY = tensors[operator.inputs[1]]!.zeroPoint
      const [scaleX, scaleY] = output.multipliers as unknown as [number, number]
      for (let i = 0; i < out.length; i++) {
        // |a|, |b| ≤ 255: the sum of the products is far below 2^53.
        const scaled = floorRescale((x[i]! - zeroPoint) * scaleX + (y[i]! - zeroOfY) * scaleY, output.shift)
        out[i] = clamp(scaled + output.zeroPoint, output.lowest, output.highest)
      }
      return
    }
    case 'argmax': {
      let best = 0
      for (let i = 1; i < x.length; i++) if (x[i]! > x[best]!) best = i
      out[0] = best
      return
    }
    case 'reshape':
      out.set(x)
      return
    case 'rescale':
      for (let i = 0; i < out.length; i++) out[i] = rescaled(x[i]! - zeroPoint, operator.output, 0)
  }
}

/** Start plus the products of `x` with the weights from `offset` on. One pair of array types, so that engines compile it well. */
function dot(x: Int32Array, weights: Int8Array, offset: number, start: number): number {
  let sum = start
  for (let i = 0; i < x.length; i++) sum = (sum + Math.imul(x[i]!, weights[offset + i]!)) | 0
  return sum
}

/** Calls back for each output position with the part of its window that lies inside the input. */
function eachWindow(
  {
    kernel,
    stride,
    padding,
  }: { kernel: readonly number[]; stride: readonly number[]; padding: readonly number[] },
  input: readonly number[],
  output: readonly number[],
  visit: (
    corner: number,
    top: number,
    left: number,
    bottom: number,
    right: number,
    at: number,
    /** Kernel row = input row + dy, kernel column = input column + dx. */
    dy: number,
    dx: number,
  ) => void,
): void {
  const [height, width, channels] = input as [number, number, number]
  let at = 0
  for (let y = 0; y < output[0]!; y++) {
    const startY = y * stride[0]! - padding[0]!
    for (let x = 0; x < output[1]!; x++, at++) {
      const startX = x * stride[1]! - padding[1]!
      const top = Math.max(startY, 0)
      const left = Math.max(startX, 0)
      const bottom = Math.min(startY + kernel[0]!, height)
      const right = Math.min(startX + kernel[1]!, width)
      visit((top * width + left) * channels, top, left, bottom, right, at, -startY, -startX)
    }
  }
}

function rescaled(accumulator: number, output: Output, channel: number): number {
  if (output.type === 'i32') return accumulator
  const { multipliers, shift, zeroPoint, lowest, highest } = output
  const multiplier = multipliers[multipliers.length === 1 ? 0 : channel]!
  // The product has up to 62 bits: split the multiplier at bit 15, so that each half product is exact.
  const high = accumulator * (multiplier >> 15)
  const low = Math.floor((accumulator * (multiplier & 0x7fff)) / 2 ** 15)
  return clamp(Math.floor((high + low + 2 ** (shift - 16)) / 2 ** (shift - 15)) + zeroPoint, lowest, highest)
}

function floorRescale(product: number, shift: number): number {
  return Math.floor((Math.floor(product / 2 ** 15) + 2 ** (shift - 16)) / 2 ** (shift - 15))
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.max(lowest, Math.min(value, highest))
}
