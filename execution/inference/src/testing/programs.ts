import fc from 'fast-check'
import { analyse } from '../format/analyse.js'
import {
  defaultLimits,
  elementCount,
  type Operator,
  type Output,
  type Program,
  type ProgramSource,
  rangeOf,
  type TensorSpec,
  type Window,
} from '../format/program.js'

/** Random choices of one program; the builder turns them into operators that fit. */
type Choices = { next(below: number): number }

/** Programs of up to six operators over small tensors, valid by construction; every operator and type occurs. */
export const programs: fc.Arbitrary<Program> = fc
  .infiniteStream(fc.nat({ max: 2 ** 31 - 1 }))
  .map((stream) => build({ next: (below) => stream.next().value % below }))

/** A program with one random input. */
export const runs: fc.Arbitrary<{ program: Program; input: Uint8Array }> = fc
  .tuple(programs, fc.integer({ min: 1, max: 2 ** 31 - 1 }))
  .map(([program, seed]) => ({ program, input: bytesFrom(seed, program.inputBytes) }))

/** Deterministic bytes; extremes are frequent, as overflow hides there. */
export function bytesFrom(seed: number, length: number): Uint8Array {
  let state = seed
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const byte = state >>> 24
    return byte < 16 ? 0x7f : byte < 32 ? 0x80 : byte < 48 ? 0xff : (state >>> 16) & 255
  })
}

function build(choices: Choices): Program {
  const { next } = choices
  const type = next(2) ? 'i8' : 'u8'
  const image = next(2) === 1
  const shape = image
    ? [1 + next(9), 1 + next(9), 1 + next(20)]
    : next(2)
      ? [1 + next(70)]
      : [1 + next(5), 1 + next(40)]
  const input: TensorSpec = { type, zeroPoint: zeroPoint(type, next), shape }
  const operators: Operator[] = []
  let program = analyse({ input, operators: [identity(next)], outputs: [1] }, defaultLimits)
  let tensors: readonly TensorSpec[] = [input]
  for (let i = next(6); i >= 0; i--) {
    operators.push(operatorOn(tensors, choices))
    const source: ProgramSource = { input, operators, outputs: unread(operators) }
    program = analyse(source, defaultLimits)
    tensors = program.tensors
  }
  return program
}

/** The last result and all others that no operator reads. */
function unread(operators: readonly Operator[]): number[] {
  const read = new Set(operators.flatMap((op) => (op.kind === 'add' ? [...op.inputs] : [op.input])))
  const outputs = operators.map((_, i) => i + 1).filter((id) => !read.has(id))
  return outputs
}

function operatorOn(tensors: readonly TensorSpec[], { next }: Choices): Operator {
  const id = tensors.length - 1
  const tensor = tensors[id]!
  const { shape } = tensor
  if (tensor.type === 'i32') {
    return next(4) === 0
      ? { kind: 'argmax', input: id }
      : { kind: 'rescale', input: id, output: output(1, next) }
  }
  const simple = [
    (): Operator => ({ kind: 'rescale', input: id, output: output(1, next) }),
    (): Operator => ({ kind: 'softmax', input: id, shift: 16 + next(20), multiplier: next(2 ** 31 - 1) }),
    (): Operator => ({ kind: 'add', inputs: [id, id], output: output(2, next) }),
    (): Operator => ({ kind: 'argmax', input: id }),
    (): Operator => {
      const type = next(2) ? 'i8' : 'u8'
      const table = bytesFrom(next(1_000_000), 256)
      return { kind: 'lookup', input: id, type, zeroPoint: zeroPoint(type, next), table }
    },
    (): Operator => ({ kind: 'reshape', input: id, shape: [elementCount(shape)] }),
  ]
  if (shape.length === 3) {
    const window = slidingWindow(shape, next)
    const [height, width] = window.kernel
    const channels = shape[2]!
    const outChannels = 1 + next(10)
    const windowed = [
      (): Operator => ({
        kind: 'conv2d',
        input: id,
        window,
        channels: outChannels,
        weights: weights(outChannels * height * width * channels, next),
        bias: biases(outChannels, next),
        output: anyOutput(outChannels, next),
      }),
      (): Operator => ({
        kind: 'depthwiseConv2d',
        input: id,
        window,
        weights: weights(height * width * channels, next),
        bias: biases(channels, next),
        output: anyOutput(channels, next),
      }),
      (): Operator => ({ kind: 'maxPool', input: id, window }),
      (): Operator => ({ kind: 'averagePool', input: id, window }),
    ]
    return [...windowed, ...windowed, ...simple][next(windowed.length * 2 + simple.length)]!()
  }
  const columns = 1 + next(20)
  const dense = (): Operator => ({
    kind: 'dense',
    input: id,
    columns,
    weights: weights(columns * shape.at(-1)!, next),
    bias: biases(columns, next),
    output: anyOutput(columns, next),
  })
  return [dense, dense, dense, ...simple][next(3 + simple.length)]!()
}

function slidingWindow(shape: readonly number[], next: Choices['next']): Window {
  const kernel = [1 + next(Math.min(4, shape[0]!)), 1 + next(Math.min(4, shape[1]!))] as const
  const padding = [next(kernel[0]), next(kernel[1]), next(kernel[0]), next(kernel[1])] as const
  return { kernel, stride: [1 + next(3), 1 + next(3)], padding }
}

function weights(length: number, next: Choices['next']): Int8Array {
  return Int8Array.from(bytesFrom(next(1_000_000), length), (byte) =>
    byte === 0x80 ? -127 : (byte << 24) >> 24,
  )
}

function biases(length: number, next: Choices['next']): Int32Array {
  return Int32Array.from({ length }, () => next(2_000_001) - 1_000_000)
}

function anyOutput(channels: number, next: Choices['next']): Output {
  return next(5) === 0 ? { type: 'i32' } : output(next(2) ? channels : 1, next)
}

/** Multipliers over the whole range, shifts mostly where results are neither all zero nor all clamped. */
function output(multipliers: number, next: Choices['next']): Output {
  const type = next(2) ? 'i8' : 'u8'
  const range = rangeOf(type)
  const limits = next(2) ? range : [next(256), next(256)].map((n) => n + range[0]).sort((a, b) => a - b)
  return {
    type,
    zeroPoint: zeroPoint(type, next),
    lowest: limits[0]!,
    highest: limits[1]!,
    shift: next(8) ? 31 + next(14) : 16 + next(47),
    multipliers: Int32Array.from({ length: multipliers }, () =>
      next(10) ? 2 ** 30 + next(2 ** 30) : next(2 ** 31 - 1),
    ),
  }
}

function zeroPoint(type: 'i8' | 'u8', next: Choices['next']): number {
  return next(2) ? 0 : next(256) + rangeOf(type)[0]
}

function identity(next: Choices['next']): Operator {
  return { kind: 'rescale', input: 0, output: output(1, next) }
}
