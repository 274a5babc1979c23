import {
  encodeProgram,
  type Operator,
  type ProgramSource,
  programHash,
  type TensorSpec,
} from '@metis-stack/inference'
import { concat } from '@metis-stack/kernel'
import { inferAddress } from '@metis-stack/metisvm'
import { registeredModels } from '../registered.js'
import { type Cost, type Effort, GasBench } from './engine.js'
import type { Family } from './search.js'
import { noise } from './tensorCalls.js'

const scaled = {
  type: 'i8',
  zeroPoint: 0,
  lowest: -128,
  highest: 127,
  shift: 40,
  multipliers: Int32Array.of(2 ** 30),
} as const

/** INFER with these programs in turn. With more programs than a node keeps, each call loads its program anew. */
export function measureInfer(bench: GasBench, programs: readonly Uint8Array[], effort: Effort): Cost {
  return bench.call(inferAddress, programs.map(inputOf), effort, registeredModels(programs))
}

function inputOf(program: Uint8Array): Uint8Array {
  const bytes = new DataView(program.buffer, program.byteOffset).getUint32(24, true)
  return concat(programHash(program), noise(bytes))
}

/** The same on a node that has just started, each program once. */
export function measureFirstRuns(programs: readonly Uint8Array[]): Cost {
  const inputs = programs.map(inputOf)
  const models = registeredModels(programs)
  const costs = [1, 2, 3].map(() => new GasBench().first(inferAddress, inputs, models))
  return costs.reduce((best, cost) => (cost.ns < best.ns ? cost : best))
}

const weights = (length: number): Int8Array => Int8Array.from(noise(length), (value) => (value % 255) - 127)

type Shape = readonly number[]
type Kind = {
  name: string
  dimensions: string[]
  most: number[]
  input(shape: Shape): TensorSpec['shape']
  operators(shape: Shape): Operator[]
}

const window = (kh: number, kw: number) =>
  ({ kernel: [kh, kw], stride: [1, 1], padding: [0, 0, 0, 0] }) as const

/** The same operator `count` times over, each on the result of the one before. */
const chain = (count: number, operator: (input: number) => Operator): Operator[] =>
  Array.from({ length: count }, (_, i) => operator(i))

const kinds: Kind[] = [
  {
    name: 'dense',
    dimensions: ['rows', 'depth', 'columns'],
    most: [65_536, 4096, 4096],
    input: ([rows, depth]) => [rows!, depth!],
    operators: ([, depth, columns]) => [
      {
        kind: 'dense',
        input: 0,
        columns: columns!,
        weights: weights(columns! * depth!),
        bias: new Int32Array(columns!),
        output: scaled,
      },
    ],
  },
  {
    name: 'conv2d',
    dimensions: ['H', 'W', 'C', 'KH', 'KW', 'O'],
    most: [256, 256, 64, 24, 24, 64],
    input: ([h, w, c]) => [h!, w!, c!],
    operators: ([, , c, kh, kw, o]) => [
      {
        kind: 'conv2d',
        input: 0,
        window: window(kh!, kw!),
        channels: o!,
        weights: weights(o! * kh! * kw! * c!),
        bias: new Int32Array(o!),
        output: scaled,
      },
    ],
  },
  {
    name: 'depthwiseConv2d',
    dimensions: ['H', 'W', 'C', 'KH', 'KW'],
    most: [256, 256, 64, 64, 64],
    input: ([h, w, c]) => [h!, w!, c!],
    operators: ([, , c, kh, kw]) => [
      {
        kind: 'depthwiseConv2d',
        input: 0,
        window: window(kh!, kw!),
        weights: weights(kh! * kw! * c!),
        bias: new Int32Array(c!),
        output: scaled,
      },
    ],
  },
  ...(['maxPool', 'averagePool'] as const).map((kind) => ({
    name: kind,
    dimensions: ['H', 'W', 'C', 'KH', 'KW'],
    most: [256, 256, 64, 24, 24],
    input: ([h, w, c]: Shape) => [h!, w!, c!],
    operators: ([, , , kh, kw]: Shape): Operator[] => [{ kind, input: 0, window: window(kh!, kw!) }],
  })),
  {
    name: 'lookup',
    dimensions: ['elements', 'operators'],
    most: [2 ** 18, 64],
    input: ([n]) => [n!],
    operators: ([, count]) =>
      chain(count!, (input) => ({ kind: 'lookup', input, type: 'i8', zeroPoint: 0, table: noise(256) })),
  },
  {
    name: 'softmax',
    dimensions: ['rows', 'depth'],
    most: [65_536, 65_535],
    input: ([rows, depth]) => [rows!, depth!],
    operators: () => [{ kind: 'softmax', input: 0, shift: 24, multiplier: 2 ** 26 }],
  },
  {
    name: 'add',
    dimensions: ['elements', 'operators'],
    most: [2 ** 18, 64],
    input: ([n]) => [n!],
    operators: ([, count]) =>
      chain(count!, (input) => ({
        kind: 'add',
        inputs: [input, 0],
        output: { ...scaled, multipliers: Int32Array.of(2 ** 30, 2 ** 29) },
      })),
  },
  {
    name: 'rescale',
    dimensions: ['elements', 'operators'],
    most: [2 ** 18, 64],
    input: ([n]) => [n!],
    operators: ([, count]) => chain(count!, (input) => ({ kind: 'rescale', input, output: scaled })),
  },
  {
    name: 'argmax',
    dimensions: ['elements'],
    most: [2 ** 20],
    input: ([n]) => [n!],
    operators: () => [{ kind: 'argmax', input: 0 }],
  },
]

/** Programs of one kind of operator by shape, loaded already. */
export function inferenceFamilies(bench: GasBench, effort: Effort): Family[] {
  return kinds.map(({ name, dimensions, most, input, operators }) => ({
    name: `INFER ${name}`,
    dimensions,
    most,
    measure(shape) {
      const source: ProgramSource = {
        input: { type: 'u8', zeroPoint: 3, shape: input(shape) },
        operators: operators(shape),
        outputs: [operators(shape).length],
      }
      const size = source.input.shape.reduce((product, n) => product * n, 1)
      if (size > 2 ** 20) return undefined
      let program: Uint8Array
      try {
        program = encodeProgram(source, limits)
      } catch {
        // A kernel larger than its input, or more work than one wants to measure.
        return undefined
      }
      return measureInfer(bench, [program], effort)
    },
  }))
}

const limits = { bytes: 2 ** 18, operators: 1024, products: 2 ** 26, elements: 2 ** 22, memoryBytes: 2 ** 25 }

/** As many different programs of this size as make a node forget each before it comes again. */
export function strangers(count: number, columns: number, depth: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) =>
    encodeProgram({
      input: { type: 'u8', zeroPoint: 0, shape: [depth] },
      operators: [
        {
          kind: 'dense',
          input: 0,
          columns,
          weights: weights(columns * depth),
          bias: Int32Array.from({ length: columns }, () => i),
          output: scaled,
        },
      ],
      outputs: [1],
    }),
  )
}
