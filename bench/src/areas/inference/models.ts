import {
  createRandom,
  decodeProgram,
  digitsCnn,
  encodeProgram,
  type FloatLayer,
  type FloatNetwork,
  type Operator,
  type Program,
  quantise,
} from '@metis-stack/inference'

export type BenchModel = { bytes: Uint8Array; program: Program; input: Uint8Array }

const random = createRandom(20)
const floats = (length: number, deviation: number): Float32Array =>
  Float32Array.from({ length }, () => random.normal() * deviation)
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(256))

function dense(depth: number, columns: number, relu: boolean): FloatLayer {
  const weights = floats(columns * depth, Math.sqrt(2 / depth))
  return { kind: 'dense', columns, weights, bias: floats(columns, 0.1), relu }
}

function conv(inChannels: number, channels: number, size: number, stride: number): FloatLayer {
  const depth = size * size * inChannels
  return {
    kind: 'conv2d',
    window: { kernel: [size, size], stride: [stride, stride], padding: [0, 0, 0, 0] },
    channels,
    weights: floats(channels * depth, Math.sqrt(2 / depth)),
    bias: floats(channels, 0.1),
    relu: true,
  }
}

function model(network: FloatNetwork, output: 'values' | 'classifier'): BenchModel {
  const size = network.inputShape.reduce((product, n) => product * n, 1)
  const { program } = quantise(network, { calibration: bytes(size * 4), output })
  const encoded = encodeProgram(program)
  return { bytes: encoded, program: decodeProgram(encoded), input: bytes(size) }
}

const inputScale = 1 / 255

/** The shapes that the digits story uses; time does not depend on the weights, which are random. */
export const mlp = model(
  { inputShape: [784], inputScale, layers: [dense(784, 128, true), dense(128, 10, false)] },
  'classifier',
)
export const cnn = model(
  {
    inputShape: digitsCnn.inputShape,
    inputScale,
    layers: [conv(1, 8, 3, 2), conv(8, 16, 3, 2), dense(576, 10, false)],
  },
  'classifier',
)
/** A layer of the middle of an image network. */
export const convolution = model(
  { inputShape: [34, 34, 32], inputScale, layers: [conv(32, 32, 3, 1)] },
  'values',
)
/** 512 × 512 × 512. */
export const matmul = matrixProduct(512)

function matrixProduct(n: number): BenchModel {
  const operator: Operator = {
    kind: 'dense',
    input: 0,
    columns: n,
    weights: Int8Array.from({ length: n * n }, () => random.integer(255) - 127),
    bias: new Int32Array(n),
    output: {
      type: 'i8',
      zeroPoint: 0,
      lowest: -128,
      highest: 127,
      shift: 44,
      multipliers: Int32Array.of(2 ** 30),
    },
  }
  const input = { type: 'i8', zeroPoint: 0, shape: [n, n] } as const
  const encoded = encodeProgram({ input, operators: [operator], outputs: [1] })
  return { bytes: encoded, program: decodeProgram(encoded), input: bytes(n * n) }
}
