import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { analyse } from '../format/analyse.js'
import { defaultLimits, type Operator, type TensorSpec, type Window } from '../format/program.js'
import { executeReference } from '../reference/execute.js'
import { exponentials } from '../reference/exponentials.js'
import { bytesFrom } from '../testing/programs.js'
import { createRuntime } from './runtime.js'

beforeAll(async () => {
  // Else it prints advice to install its native build.
  tf.env().set('IS_NODE', false)
  await tf.setBackend('cpu')
})

/** The output of a single operator, the same from all three executors. */
function run(input: TensorSpec, operator: Operator, bytes: Uint8Array): Uint8Array {
  const program = analyse({ input, operators: [operator], outputs: [1] }, defaultLimits)
  const output = executeReference(program, bytes)
  expect(createRuntime().load(program).run(bytes)).toEqual(output)
  expect(createRuntime({ variant: 'scalar' }).load(program).run(bytes)).toEqual(output)
  return output
}

const int32 = (bytes: Uint8Array): number[] => [...new Int32Array(bytes.buffer)]
const signed = (bytes: Uint8Array): number[] => [...new Int8Array(bytes.buffer)]
const weightsFrom = (seed: number, length: number): Int8Array =>
  Int8Array.from(bytesFrom(seed, length), (byte) => Math.max(-127, (byte << 24) >> 24))

const geometries = fc
  .record({
    height: fc.integer({ min: 4, max: 9 }),
    width: fc.integer({ min: 4, max: 9 }),
    channels: fc.integer({ min: 1, max: 9 }),
    outputs: fc.integer({ min: 1, max: 9 }),
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
    zeroPoint: fc.integer({ min: -128, max: 127 }),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
  })
  .map(({ pad: [top, left, bottom, right], kernel, stride, ...rest }) => {
    const [height, width] = kernel
    const padding = [top % height, left % width, bottom % height, right % width] as const
    return { ...rest, window: { kernel, stride, padding } satisfies Window }
  })

const explicit = ([top, left, bottom, right]: Window['padding']): tf.backend_util.ExplicitPadding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
]

/** Bytes as TensorFlow.js wants them: a batch of one, less the zero point, padded. */
function image(bytes: Uint8Array, shape: number[], zeroPoint: number, { padding }: Window): tf.Tensor4D {
  const centred = tf.sub(tf.tensor(signed(bytes), [1, ...shape]), zeroPoint)
  return tf.pad(centred, explicit(padding) as [number, number][]) as tf.Tensor4D
}

/** Sums stay below 2^24, where the floats of TensorFlow.js are exact. */
describe('operators against TensorFlow.js', () => {
  it('convolves alike', () => {
    fc.assert(
      fc.property(geometries, ({ height, width, channels, outputs, window, zeroPoint, seed }) => {
        const [kh, kw] = window.kernel
        const bytes = bytesFrom(seed, height * width * channels)
        const weights = weightsFrom(seed + 1, outputs * kh * kw * channels)
        const ours = run(
          { type: 'i8', zeroPoint, shape: [height, width, channels] },
          {
            kind: 'conv2d',
            input: 0,
            window,
            channels: outputs,
            weights,
            bias: new Int32Array(outputs),
            output: { type: 'i32' },
          },
          bytes,
        )
        const theirs = tf.tidy(() => {
          const x = image(bytes, [height, width, channels], zeroPoint, window)
          const w = tf.transpose(tf.tensor4d([...weights], [outputs, kh, kw, channels]), [1, 2, 3, 0])
          return [...tf.conv2d(x, w, [...window.stride], 'valid').dataSync()]
        })
        expect(int32(ours)).toEqual(theirs)
      }),
      { numRuns: 150 },
    )
  })

  it('convolves each channel by itself alike', () => {
    fc.assert(
      fc.property(geometries, ({ height, width, channels, window, zeroPoint, seed }) => {
        const [kh, kw] = window.kernel
        const bytes = bytesFrom(seed, height * width * channels)
        const weights = weightsFrom(seed + 1, kh * kw * channels)
        const stride = window.stride[0]
        const square = { ...window, stride: [stride, stride] as const }
        const ours = run(
          { type: 'i8', zeroPoint, shape: [height, width, channels] },
          {
            kind: 'depthwiseConv2d',
            input: 0,
            window: square,
            weights,
            bias: new Int32Array(channels),
            output: { type: 'i32' },
          },
          bytes,
        )
        const theirs = tf.tidy(() => {
          const x = image(bytes, [height, width, channels], zeroPoint, window)
          const w = tf.tensor4d([...weights], [kh, kw, channels, 1])
          return [...tf.depthwiseConv2d(x, w, stride, 'valid').dataSync()]
        })
        expect(int32(ours)).toEqual(theirs)
      }),
      { numRuns: 150 },
    )
  })

  it('multiplies matrices alike', () => {
    fc.assert(
      fc.property(
        fc.tuple(
          fc.integer({ min: 1, max: 7 }),
          fc.integer({ min: 1, max: 60 }),
          fc.integer({ min: 1, max: 9 }),
        ),
        fc.integer({ min: 1, max: 1_000_000 }),
        ([rows, depth, columns], seed) => {
          const bytes = bytesFrom(seed, rows * depth)
          const weights = weightsFrom(seed + 1, columns * depth)
          const bias = Int32Array.from({ length: columns }, (_, i) => i * 1000 - 3000)
          const ours = run(
            { type: 'u8', zeroPoint: 0, shape: [rows, depth] },
            { kind: 'dense', input: 0, columns, weights, bias, output: { type: 'i32' } },
            bytes,
          )
          const theirs = tf.tidy(() => {
            const x = tf.tensor2d([...bytes], [rows, depth])
            const w = tf.tensor2d([...weights], [columns, depth])
            return [...tf.add(tf.matMul(x, w, false, true), tf.tensor1d([...bias])).dataSync()]
          })
          expect(int32(ours)).toEqual(theirs)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('pools alike', () => {
    fc.assert(
      fc.property(geometries, ({ height, width, channels, window, seed }) => {
        const bytes = bytesFrom(seed, height * width * channels)
        const input = { type: 'u8', zeroPoint: 0, shape: [height, width, channels] } as const
        const largest = run(input, { kind: 'maxPool', input: 0, window }, bytes)
        const mean = run(input, { kind: 'averagePool', input: 0, window }, bytes)
        tf.tidy(() => {
          const x = tf.tensor4d([...bytes], [1, height, width, channels])
          const [kernel, stride] = [[...window.kernel], [...window.stride]] as [
            [number, number],
            [number, number],
          ]
          const padding = explicit(window.padding)
          expect([...largest]).toEqual([...tf.maxPool(x, kernel, stride, padding, 'floor').dataSync()])
          const means = tf.avgPool(x, kernel, stride, padding, 'floor').dataSync()
          mean.forEach((value, i) => {
            expect(Math.abs(value - means[i]!)).toBeLessThanOrEqual(0.5 + 1e-4)
          })
        })
      }),
      { numRuns: 150 },
    )
  })

  it('gives softmax within two steps of 1/255', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        (bytes, scale) => {
          const multiplier = Math.round(scale * Math.LOG2E * 256 * 2 ** 20)
          const input = { type: 'u8', zeroPoint: 0, shape: [bytes.length] } as const
          const ours = run(input, { kind: 'softmax', input: 0, shift: 20, multiplier }, bytes)
          const theirs = tf.tidy(() => tf.softmax(tf.mul(tf.tensor1d([...bytes]), scale)).dataSync())
          ours.forEach((value, i) => {
            expect(Math.abs(value - 255 * theirs[i]!)).toBeLessThan(2)
          })
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('arithmetic against arbitrary precision', () => {
  it('rescales every accumulator exactly', () => {
    const int = (min: number, max: number): fc.Arbitrary<number> =>
      fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0, 1))
    fc.assert(
      fc.property(
        fc.array(int(-(2 ** 31), 2 ** 31 - 1), { minLength: 1, maxLength: 20 }),
        int(0, 2 ** 31 - 1),
        fc.integer({ min: 16, max: 62 }),
        fc.integer({ min: -128, max: 127 }),
        (values, multiplier, shift, zeroPoint) => {
          const output = {
            type: 'i8',
            zeroPoint,
            lowest: -128,
            highest: 127,
            shift,
            multipliers: Int32Array.of(multiplier),
          } as const
          const input = { type: 'i32', zeroPoint: 0, shape: [values.length] } as const
          const bytes = new Uint8Array(Int32Array.from(values).buffer)
          const half = 1n << BigInt(shift - 1)
          const expected = values.map((value) => {
            const exact = ((BigInt(value) * BigInt(multiplier) + half) >> BigInt(shift)) + BigInt(zeroPoint)
            return Number(exact < -128n ? -128n : exact > 127n ? 127n : exact)
          })
          expect(signed(run(input, { kind: 'rescale', input: 0, output }, bytes))).toEqual(expected)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('has powers of two that are rounded to nearest', () => {
    exponentials.forEach((power, i) => {
      expect(Math.abs(power - 2 ** (15 - i / 256))).toBeLessThanOrEqual(0.5)
    })
  })
})
