import type { Output } from '@metis-stack/inference'
import fc from 'fast-check'
import type { TensorCall } from './encode.js'

const range = { i8: [-128, 127], u8: [0, 255] } as const
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const signed = (length: number): fc.Arbitrary<Int8Array> =>
  bytes(length).map((values) => new Int8Array(values.buffer, values.byteOffset, values.length))
const int32 = (length: number): fc.Arbitrary<Int32Array> =>
  fc.int32Array({ minLength: length, maxLength: length })

const tensor = (length: number) =>
  fc.constantFrom('i8', 'u8').chain((type) =>
    fc.record({
      type: fc.constant(type),
      zeroPoint: fc.integer({ min: range[type][0], max: range[type][1] }),
      bytes: bytes(length),
    }),
  )

const output = (channels: number): fc.Arbitrary<Output> =>
  fc.oneof(
    fc.constant({ type: 'i32' } as const),
    fc.constantFrom('i8', 'u8').chain((type) => {
      const value = fc.integer({ min: range[type][0], max: range[type][1] })
      return fc
        .record({
          zeroPoint: value,
          limits: fc.tuple(value, value),
          shift: fc.oneof(fc.integer({ min: 1, max: 62 }), fc.integer({ min: 32, max: 45 })),
          multipliers: fc.oneof(int32(1), channels > 1 ? int32(channels) : int32(1)),
        })
        .map(({ limits, ...rest }) => ({
          type,
          ...rest,
          lowest: Math.min(...limits),
          highest: Math.max(...limits),
        }))
    }),
  )

const optionalBias = (channels: number): fc.Arbitrary<Int32Array | undefined> =>
  fc.option(int32(channels), { nil: undefined })
const withBias = <T extends object>(bias: Int32Array | undefined, call: T): T & { bias?: Int32Array } =>
  bias ? { ...call, bias } : call

export const matmul: fc.Arbitrary<TensorCall> = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }))
  .chain(([rows, depth, columns]) =>
    fc
      .tuple(tensor(rows * depth), signed(columns * depth), optionalBias(columns), output(columns))
      .map(([x, weights, bias, out]) =>
        withBias(bias, { operation: 'matmul' as const, x, rows, depth, columns, weights, output: out }),
      ),
  )

export const conv2d: fc.Arbitrary<TensorCall> = fc
  .record({
    shape: fc.tuple(
      fc.integer({ min: 4, max: 8 }),
      fc.integer({ min: 4, max: 8 }),
      fc.integer({ min: 1, max: 6 }),
    ),
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    pad: fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3)),
    outputs: fc.integer({ min: 1, max: 6 }),
  })
  .chain(({ shape, kernel, stride, pad: [top, left, bottom, right], outputs }) => {
    const [height, width] = kernel
    const padding = [top % height, left % width, bottom % height, right % width] as const
    return fc
      .tuple(
        tensor(shape[0] * shape[1] * shape[2]),
        signed(outputs * height * width * shape[2]),
        optionalBias(outputs),
        output(outputs),
      )
      .map(([x, weights, bias, out]) =>
        withBias(bias, {
          operation: 'conv2d' as const,
          x,
          shape,
          window: { kernel, stride, padding },
          outputs,
          weights,
          output: out,
        }),
      )
  })

const rowsOf = (most: number) => fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: most }))

export const softmax: fc.Arbitrary<TensorCall> = rowsOf(30).chain(([rows, depth]) =>
  fc.record({
    operation: fc.constant('softmax' as const),
    x: fc.record({ type: fc.constantFrom('i8', 'u8'), bytes: bytes(rows * depth) }),
    rows: fc.constant(rows),
    depth: fc.constant(depth),
    shift: fc.integer({ min: 1, max: 62 }),
    multiplier: fc.nat(2 ** 32 - 1),
  }),
)

export const embed: fc.Arbitrary<TensorCall> = rowsOf(100).chain(([rows, columns]) =>
  fc.constantFrom('i8', 'u8', 'i32').chain((type) =>
    fc.record({
      operation: fc.constant('embed' as const),
      type: fc.constant(type),
      table: bytes(rows * columns * (type === 'i32' ? 4 : 1)),
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      indexes: fc.uint32Array({ min: 0, max: rows - 1, minLength: 1, maxLength: 12 }),
    }),
  ),
)

export const argmax: fc.Arbitrary<TensorCall> = rowsOf(30).chain(([rows, depth]) =>
  fc.constantFrom('i8', 'u8', 'i32').chain((type) =>
    fc.record({
      operation: fc.constant('argmax' as const),
      type: fc.constant(type),
      x: bytes(rows * depth * (type === 'i32' ? 4 : 1)),
      rows: fc.constant(rows),
      depth: fc.constant(depth),
    }),
  ),
)

/** A well-formed call of any of the tensor precompiles. */
export const calls = fc.oneof(matmul, conv2d, softmax, embed, argmax)
