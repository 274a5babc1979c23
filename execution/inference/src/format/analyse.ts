import { InferenceError } from '../errors.js'
import {
  byteLength,
  type Cost,
  elementCount,
  inputsOf,
  type Operator,
  type Output,
  type Program,
  type ProgramLimits,
  type ProgramSource,
  rangeOf,
  type TensorSpec,
  type Window,
} from './program.js'

/**
 * Checks a program against the rules of the format and infers every tensor, the cost and the lengths. Allocates nothing
 * that depends on a shape.
 *
 * @throws {InferenceError} `invalidProgram`, `programTooLarge`
 */
export function analyse(source: ProgramSource, limits: ProgramLimits): Program {
  const { operators, outputs } = source
  if (operators.length === 0) throw invalid('a program needs an operator')
  within('operators', operators.length, limits.operators)
  checkTensor(source.input, 'the input')
  const tensors: TensorSpec[] = [source.input]
  const used = new Set<number>(outputs)
  const cost: Cost = { operators: operators.length, macs: 0, products: 0, elements: 0 }
  let memory = byteLength(source.input)
  within('memoryBytes', memory, limits.memoryBytes)

  operators.forEach((operator, index) => {
    const inputs = inputsOf(operator).map((id) => {
      if (!Number.isInteger(id) || id < 0 || id > index)
        throw invalid('reads a tensor that is not there', index)
      used.add(id)
      return tensors[id]!
    })
    const step = infer(operator, inputs as [TensorSpec, TensorSpec], index)
    tensors.push(step.output)
    cost.macs += step.macs
    cost.products += step.products
    cost.elements += step.elements
    memory += byteLength(step.output) + step.scratchBytes
    within('products', cost.products, limits.products)
    within('elements', cost.elements, limits.elements)
    within('memoryBytes', memory, limits.memoryBytes)
  })

  if (outputs.length === 0 || outputs.length > 255) throw invalid('a program has 1 … 255 outputs')
  for (const id of outputs) {
    if (!Number.isInteger(id) || id < 1 || id >= tensors.length) throw invalid('an output that is no result')
  }
  for (let id = 0; id < tensors.length; id++) if (!used.has(id)) throw invalid(`tensor ${id} is never used`)

  const outputBytes = outputs.reduce((sum, id) => sum + byteLength(tensors[id]!), 0)
  within('memoryBytes', memory + outputBytes, limits.memoryBytes)
  return { ...source, tensors, cost, inputBytes: byteLength(source.input), outputBytes }
}

type Step = { output: TensorSpec; macs: number; products: number; elements: number; scratchBytes: number }

/** Rows of packed weights and windows are padded to this many elements. */
export const laneCount = 16
export const paddedDepth = (depth: number): number => Math.ceil(depth / laneCount) * laneCount
/** Columns are computed four at a time. */
export const fours = (count: number): number => Math.ceil(count / 4) * 4

function infer(operator: Operator, inputs: [TensorSpec, TensorSpec], at: number): Step {
  const [input] = inputs
  const count = elementCount(input.shape)
  if (input.type === 'i32' && !['rescale', 'argmax', 'reshape'].includes(operator.kind)) {
    throw invalid(`${operator.kind} cannot read i32`, at)
  }
  switch (operator.kind) {
    case 'dense': {
      const { columns } = operator
      if (input.shape.length > 2) throw invalid('dense needs a vector or a matrix', at)
      if (!isDimension(columns)) throw invalid('dense needs columns', at)
      const depth = input.shape.at(-1)!
      const rows = count / depth
      checkWeights(operator, columns, depth, input, at)
      return {
        output: outputSpec(operator.output, columns, [...input.shape.slice(0, -1), columns], at),
        macs: rows * columns * depth,
        products: rows * paddedDepth(depth) * fours(columns),
        elements: rows * (depth + columns + 4),
        scratchBytes: rows * paddedDepth(depth) * 2,
      }
    }
    case 'conv2d': {
      const { channels, window } = operator
      if (!isDimension(channels)) throw invalid('conv2d needs channels', at)
      const [height, width, inChannels] = slide(input, window, at)
      const depth = window.kernel[0] * window.kernel[1] * inChannels
      checkWeights(operator, channels, depth, input, at)
      return {
        output: outputSpec(operator.output, channels, [height, width, channels], at),
        macs: height * width * channels * depth,
        products: height * width * paddedDepth(depth) * fours(channels),
        elements: height * width * (depth + 4 * window.kernel[0] + channels + 4),
        scratchBytes: width * paddedDepth(depth) * 2,
      }
    }
    case 'depthwiseConv2d': {
      const { window } = operator
      const [height, width, channels] = slide(input, window, at)
      const depth = window.kernel[0] * window.kernel[1]
      checkWeights(operator, channels, depth, input, at, channels)
      return {
        output: outputSpec(operator.output, channels, [height, width, channels], at),
        macs: height * width * channels * depth,
        products: 0,
        elements: height * width * channels * (depth + 4),
        scratchBytes: 0,
      }
    }
    case 'maxPool':
    case 'averagePool': {
      const shape = slide(input, operator.window, at)
      const [kernelHeight, kernelWidth] = operator.window.kernel
      return plain({ ...input, shape }, elementCount(shape) * (kernelHeight * kernelWidth + 4))
    }
    case 'lookup': {
      if (operator.table.length !== 256) throw invalid('a lookup table has 256 bytes', at)
      const output = { type: operator.type, zeroPoint: operator.zeroPoint, shape: input.shape }
      checkTensor(output, 'lookup', at)
      return plain(output, count)
    }
    case 'softmax':
      checkScale(operator.shift, [operator.multiplier], at)
      // Σe ≤ n · 2^15 must stay below 2^31 for the rounded division.
      if (input.shape.at(-1)! > 65_535) throw invalid('softmax over more than 65,535 elements', at)
      return plain(
        { type: 'u8', zeroPoint: 0, shape: input.shape },
        4 * (count + count / input.shape.at(-1)!),
      )
    case 'add': {
      const [, other] = inputs
      if (other.type === 'i32') throw invalid('add cannot read i32', at)
      if (other.shape.join() !== input.shape.join()) throw invalid('add needs equal shapes', at)
      return plain(scaledSpec(operator.output, 2, input.shape, at), 2 * count)
    }
    case 'argmax':
      return plain({ type: count > 256 ? 'i32' : 'u8', zeroPoint: 0, shape: [1] }, count)
    case 'reshape': {
      const output = { ...input, shape: operator.shape }
      checkTensor(output, 'reshape', at)
      if (elementCount(operator.shape) !== count) throw invalid('reshape changes the number of elements', at)
      return plain(output, 0)
    }
    case 'rescale':
      return plain(scaledSpec(operator.output, 1, input.shape, at), count)
  }
}

const plain = (output: TensorSpec, elements: number): Step => ({
  output,
  macs: 0,
  products: 0,
  elements,
  scratchBytes: 0,
})

function isDimension(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 2 ** 24
}

function checkTensor(tensor: TensorSpec, what: string, at?: number): void {
  const { shape, type, zeroPoint } = tensor
  if (shape.length < 1 || shape.length > 4) throw invalid(`${what}: rank ${shape.length} is not 1 … 4`, at)
  if (!shape.every(isDimension) || elementCount(shape) > 2 ** 28) throw invalid(`${what}: bad dimensions`, at)
  const [lowest, highest] = type === 'i32' ? [0, 0] : rangeOf(type)
  if (!Number.isInteger(zeroPoint) || zeroPoint < lowest || zeroPoint > highest) {
    throw invalid(`${what}: zero point out of range`, at)
  }
}

/** Output height and width of a sliding window, and the input's channels. */
function slide(input: TensorSpec, { kernel, stride, padding }: Window, at: number): [number, number, number] {
  if (input.shape.length !== 3) throw invalid('a window needs [height, width, channels]', at)
  const [height, width, channels] = input.shape as [number, number, number]
  const [top, left, bottom, right] = padding
  const [kernelHeight, kernelWidth] = kernel
  const bytes = [...kernel, ...stride, ...padding]
  if (!bytes.every((n) => Number.isInteger(n) && n >= 0 && n <= 255) || [...kernel, ...stride].includes(0)) {
    throw invalid('window fields are one byte each, kernel and stride not zero', at)
  }
  if (Math.max(top, bottom) >= kernelHeight || Math.max(left, right) >= kernelWidth) {
    throw invalid('padding is not smaller than the kernel', at)
  }
  const outHeight = Math.floor((height + top + bottom - kernelHeight) / stride[0]) + 1
  const outWidth = Math.floor((width + left + right - kernelWidth) / stride[1]) + 1
  if (outHeight < 1 || outWidth < 1) throw invalid('the kernel is larger than its input', at)
  return [outHeight, outWidth, channels]
}

/** `depth` weights for each of `channels`; they lie `step` apart (1, or interleaved by channel). */
function checkWeights(
  { weights, bias }: { weights: Int8Array; bias: Int32Array },
  channels: number,
  depth: number,
  input: TensorSpec,
  at: number,
  step = 1,
): void {
  if (weights.length !== channels * depth)
    throw invalid(`${weights.length} weights, not ${channels} × ${depth}`, at)
  if (bias.length !== channels) throw invalid(`${bias.length} biases, not ${channels}`, at)
  const [lowest, highest] = rangeOf(input.type as 'i8' | 'u8')
  const largestInput = Math.max(input.zeroPoint - lowest, highest - input.zeroPoint)
  for (let channel = 0; channel < channels; channel++) {
    const sum = magnitude(weights, step === 1 ? channel * depth : channel, depth, step)
    if (sum < 0) throw invalid('a weight is −128', at)
    if (sum * largestInput + Math.abs(bias[channel]!) > 2 ** 31 - 1) {
      throw invalid(`the accumulator of channel ${channel} could overflow`, at)
    }
  }
}

/** Σ|w| over `count` weights from `start` on, `step` apart; −1 when one is −128. 32-bit arithmetic: most of what loading takes. */
function magnitude(weights: Int8Array, start: number, count: number, step: number): number {
  let sum = 0
  let forbidden = 0
  const end = start + count * step
  for (let index = start; index < end; index += step) {
    const weight = weights[index]!
    const sign = weight >> 31
    sum += (weight ^ sign) - sign
    forbidden |= +(weight === -128)
  }
  return forbidden === 0 ? sum : -1
}

function checkScale(shift: number, multipliers: Iterable<number>, at: number): void {
  if (!Number.isInteger(shift) || shift < 16 || shift > 62) throw invalid('shift is not 16 … 62', at)
  for (const multiplier of multipliers) {
    if (!Number.isInteger(multiplier) || multiplier < 0 || multiplier > 2 ** 31 - 1) {
      throw invalid('multiplier is not 0 … 2^31 − 1', at)
    }
  }
}

/** Result of an operator with accumulators: one multiplier, or one per channel. */
function outputSpec(output: Output, channels: number, shape: readonly number[], at: number): TensorSpec {
  const multipliers = output.type !== 'i32' && output.multipliers.length === channels ? channels : 1
  return output.type === 'i32'
    ? checked({ type: 'i32', zeroPoint: 0, shape }, at)
    : scaledSpec(output, multipliers, shape, at)
}

function scaledSpec(output: Output, multipliers: number, shape: readonly number[], at: number): TensorSpec {
  if (output.type === 'i32') throw invalid('the result must be i8 or u8', at)
  if (output.multipliers.length !== multipliers) throw invalid('wrong number of multipliers', at)
  checkScale(output.shift, output.multipliers, at)
  const [lowest, highest] = rangeOf(output.type)
  if (![output.lowest, output.highest].every(Number.isInteger)) throw invalid('clamp is no integer', at)
  if (output.lowest < lowest || output.highest > highest || output.lowest > output.highest) {
    throw invalid('clamp outside of the type', at)
  }
  return checked({ type: output.type, zeroPoint: output.zeroPoint, shape }, at)
}

function checked(tensor: TensorSpec, at: number): TensorSpec {
  checkTensor(tensor, 'output', at)
  return tensor
}

function within(name: keyof ProgramLimits, value: number, limit: number): void {
  if (value > limit)
    throw new InferenceError('programTooLarge', `Program exceeds the limit of ${limit} ${name}.`)
}

function invalid(what: string, at?: number): InferenceError {
  return new InferenceError(
    'invalidProgram',
    at === undefined ? `Invalid program: ${what}.` : `Invalid program: operator ${at}: ${what}.`,
  )
}
