import { fours, laneCount, paddedDepth } from '../format/analyse.js'
import {
  byteLength,
  elementCount,
  inputsOf,
  type Operator,
  operatorCodes,
  type Program,
  typeCodes,
} from '../format/program.js'

/** Words of a descriptor, as `kernel/assembly/tensor/descriptor.ts` names them. */
const word = {
  operator: 0,
  input: 1,
  inputType: 2,
  inputZero: 3,
  output: 4,
  outputType: 5,
  outputZero: 6,
  lowest: 7,
  highest: 8,
  shift: 9,
  multipliers: 10,
  bias: 11,
  weights: 12,
  stride: 13,
  scratch: 14,
  m: 15,
  k: 16,
  n: 17,
  window: 15,
  input2: 27,
  input2Type: 28,
  input2Zero: 29,
  table: 30,
} as const

const descriptorWords = 32

/** Where everything lies in the kernel's memory. Addresses are bytes. */
export type Plan = {
  /** First descriptor; one per operator. */
  descriptors: number
  /** Address of each tensor; those whose lives do not overlap may share bytes. */
  tensors: number[]
  /** Where descriptors and constants end; nothing behind is kept from one run to the next. */
  constantsEnd: number
  /** Memory needed in total. */
  end: number
  /** Writes descriptors and constants. */
  write(memory: ArrayBuffer): void
}

type Constant = { at: number; write(memory: ArrayBuffer, at: number): void }

/** Lays out a program from address `base` on. */
export function planProgram(program: Program, base: number): Plan {
  let end = base
  const take = (bytes: number): number => {
    const at = align(end)
    end = at + bytes
    return at
  }
  const descriptors = take(program.operators.length * descriptorWords * 4)
  const constants: Constant[] = []
  const constant = (bytes: number, write: Constant['write']): number => {
    const at = take(bytes)
    constants.push({ at, write })
    return at
  }
  const i32 = (values: Int32Array, length: number): number =>
    constant(length * 4, (memory, at) => new Int32Array(memory, at, values.length).set(values))

  const words = program.operators.map((operator, index) =>
    describe(operator, index, program, { constant, i32 }),
  )
  const constantsEnd = end
  const scratchBytes = program.operators.reduce(
    (most, operator, index) => Math.max(most, scratchOf(operator, index, program)),
    0,
  )
  const scratch = take(scratchBytes)
  const { addresses, bytes } = placeTensors(program)
  const arena = take(bytes)
  const tensors = addresses.map((address) => arena + address)

  words.forEach((descriptor, index) => {
    const inputs = inputsOf(program.operators[index]!)
    descriptor[word.input] = tensors[inputs[0]!]!
    if (inputs.length > 1) descriptor[word.input2] = tensors[inputs[1]!]!
    descriptor[word.output] = tensors[index + 1]!
    descriptor[word.scratch] = scratch
  })
  return {
    descriptors,
    tensors,
    constantsEnd,
    end,
    write(memory) {
      words.forEach((descriptor, index) => {
        new Int32Array(memory, descriptors + index * descriptorWords * 4, descriptorWords).set(descriptor)
      })
      for (const { at, write } of constants) write(memory, at)
    },
  }
}

type Allocate = {
  constant(bytes: number, write: Constant['write']): number
  i32(values: Int32Array, length: number): number
}

/** Everything of a descriptor but the addresses of tensors and scratch. */
function describe(operator: Operator, index: number, program: Program, allocate: Allocate): Int32Array {
  const words = new Int32Array(descriptorWords)
  const inputs = inputsOf(operator).map((id) => program.tensors[id]!)
  const input = inputs[0]!
  const result = program.tensors[index + 1]!
  words[word.operator] = operatorCodes[operator.kind]
  words[word.inputType] = typeCodes[input.type]
  words[word.inputZero] = input.zeroPoint
  words[word.outputType] = typeCodes[result.type]
  words[word.outputZero] = result.zeroPoint
  if ('output' in operator && operator.output.type !== 'i32') {
    words[word.lowest] = operator.output.lowest
    words[word.highest] = operator.output.highest
    words[word.shift] = operator.output.shift
  }
  switch (operator.kind) {
    case 'dense': {
      const depth = input.shape.at(-1)!
      words[word.m] = elementCount(input.shape) / depth
      words[word.k] = depth
      words[word.n] = operator.columns
      packMatrix(words, operator, operator.columns, depth, allocate)
      break
    }
    case 'conv2d': {
      writeWindow(words, operator.window, input.shape, result.shape)
      const depth = operator.window.kernel[0] * operator.window.kernel[1] * input.shape[2]!
      packMatrix(words, operator, operator.channels, depth, allocate)
      break
    }
    case 'depthwiseConv2d': {
      writeWindow(words, operator.window, input.shape, result.shape)
      const { weights } = operator
      words[word.weights] = allocate.constant(weights.length, (memory, at) =>
        new Int8Array(memory, at, weights.length).set(weights),
      )
      writeChannels(words, operator, operator.bias.length, allocate)
      break
    }
    case 'maxPool':
    case 'averagePool':
      writeWindow(words, operator.window, input.shape, result.shape)
      break
    case 'lookup': {
      const { table } = operator
      words[word.k] = elementCount(input.shape)
      words[word.table] = allocate.constant(256, (memory, at) => new Uint8Array(memory, at, 256).set(table))
      break
    }
    case 'softmax': {
      const depth = input.shape.at(-1)!
      words[word.m] = elementCount(input.shape) / depth
      words[word.k] = depth
      words[word.shift] = operator.shift
      words[word.multipliers] = allocate.i32(Int32Array.of(operator.multiplier), 1)
      break
    }
    case 'add': {
      const other = inputs[1]!
      words[word.input2Type] = typeCodes[other.type]
      words[word.input2Zero] = other.zeroPoint
      words[word.k] = elementCount(input.shape)
      if (operator.output.type !== 'i32')
        words[word.multipliers] = allocate.i32(operator.output.multipliers, 2)
      break
    }
    case 'rescale':
      words[word.k] = elementCount(input.shape)
      if (operator.output.type !== 'i32')
        words[word.multipliers] = allocate.i32(operator.output.multipliers, 1)
      break
    case 'argmax':
      words[word.k] = elementCount(input.shape)
      break
    case 'reshape':
      break
  }
  return words
}

type Weighted = Extract<Operator, { weights: Int8Array }>

/** Weight rows padded with zeros to whole registers, and to a multiple of four rows. */
function packMatrix(
  words: Int32Array,
  operator: Weighted,
  rows: number,
  depth: number,
  allocate: Allocate,
): void {
  const stride = paddedDepth(depth)
  const { weights } = operator
  words[word.stride] = stride
  words[word.weights] = allocate.constant(fours(rows) * stride, (memory, at) => {
    for (let row = 0; row < rows; row++) {
      new Int8Array(memory, at + row * stride, depth).set(weights.subarray(row * depth, (row + 1) * depth))
    }
  })
  writeChannels(words, operator, rows, allocate)
}

/** Bias and multipliers, one per channel, with zeros up to a multiple of four. */
function writeChannels(words: Int32Array, operator: Weighted, channels: number, allocate: Allocate): void {
  words[word.bias] = allocate.i32(operator.bias, fours(channels))
  const { output } = operator
  const multipliers =
    output.type === 'i32'
      ? new Int32Array(channels)
      : output.multipliers.length === channels
        ? output.multipliers
        : new Int32Array(channels).fill(output.multipliers[0]!)
  words[word.multipliers] = allocate.i32(multipliers, fours(channels))
}

function writeWindow(
  words: Int32Array,
  {
    kernel,
    stride,
    padding,
  }: { kernel: readonly number[]; stride: readonly number[]; padding: readonly number[] },
  input: readonly number[],
  output: readonly number[],
): void {
  words.set([...input, ...output, ...kernel, ...stride, padding[0]!, padding[1]!], word.window)
}

function scratchOf(operator: Operator, index: number, program: Program): number {
  if (operator.kind === 'dense') {
    const { shape } = program.tensors[operator.input]!
    const depth = shape.at(-1)!
    return (elementCount(shape) / depth) * paddedDepth(depth) * 2
  }
  if (operator.kind === 'conv2d') {
    const input = program.tensors[operator.input]!.shape
    const depth = operator.window.kernel[0] * operator.window.kernel[1] * input[2]!
    return program.tensors[index + 1]!.shape[1]! * paddedDepth(depth) * 2
  }
  return 0
}

/** First fit by order of creation: a tensor takes the lowest gap that is free for its whole life. */
function placeTensors(program: Program): { addresses: number[]; bytes: number } {
  const { tensors, operators, outputs } = program
  // A reshaped tensor is the same bytes as its source.
  const source = tensors.map((_, id) => id)
  operators.forEach((operator, index) => {
    if (operator.kind === 'reshape') source[index + 1] = source[operator.input]!
  })
  const lastUse = tensors.map((_, id) => id)
  operators.forEach((operator, index) => {
    for (const id of inputsOf(operator)) lastUse[source[id]!] = index + 1
    lastUse[source[index + 1]!] = Math.max(lastUse[source[index + 1]!]!, index + 1)
  })
  for (const id of outputs) lastUse[source[id]!] = tensors.length
  // The input stays, so that a run can be repeated operator by operator.
  lastUse[0] = tensors.length

  type Placed = { from: number; to: number; until: number }
  let live: Placed[] = []
  const addresses: number[] = []
  let bytes = 0
  tensors.forEach((tensor, id) => {
    if (source[id] !== id) {
      addresses.push(addresses[source[id]!]!)
      return
    }
    live = live.filter((other) => other.until >= id)
    const size = align(byteLength(tensor))
    let at = 0
    let place = 0
    for (; place < live.length && live[place]!.from - at < size; place++) at = live[place]!.to
    live.splice(place, 0, { from: at, to: at + size, until: lastUse[id]! })
    addresses.push(at)
    bytes = Math.max(bytes, at + size)
  })
  return { addresses, bytes }
}

const align = (address: number): number => Math.ceil(address / laneCount) * laneCount
