import '@tensorflow/tfjs-backend-cpu'
import { bytesToHex } from '@metis-stack/kernel'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PrecompileContext } from '../interface.js'
import { argmax, calls, conv2d, embed, matmul, softmax } from './tensor/calls.testing.js'
import { encodeTensorCall, type TensorCall } from './tensor/encode.js'
import { referenceOutput } from './tensor/reference.testing.js'
import { createTensorPrecompiles, tensorAddresses } from './tensor.js'

const context = { value: 0n } as PrecompileContext
const fast = createTensorPrecompiles()
const scalar = createTensorPrecompiles({ variant: 'scalar' })

function run(operation: keyof typeof tensorAddresses, input: Uint8Array): Uint8Array | undefined {
  const address = tensorAddresses[operation]
  const output = fast.get(address)!.run(input, context)
  expect(scalar.get(address)!.run(input, context)).toEqual(output)
  const price = fast.get(address)!.gas(input, context)
  expect(scalar.get(address)!.gas(input, context)).toBe(price)
  if (output) expect(price).toBeGreaterThan(300n)
  return output
}

const priceOf = (operation: keyof typeof tensorAddresses, input: Uint8Array): bigint =>
  fast.get(tensorAddresses[operation])!.gas(input, context)

describe('tensor precompiles', () => {
  it.each([
    ['MATMUL', matmul],
    ['CONV2D', conv2d],
    ['SOFTMAX', softmax],
    ['EMBED', embed],
    ['ARGMAX', argmax],
  ])('%s computes what its definition says, with and without SIMD', (_, call) => {
    fc.assert(
      fc.property(call, (example) => {
        const answer = run(example.operation, encodeTensorCall(example))
        expect(answer && bytesToHex(answer)).toBe(bytesToHex(referenceOutput(example)))
      }),
      { numRuns: 150 },
    )
  })

  it('never overflows by products alone, at the greatest depth and the extremes of all values', () => {
    const depth = 65_536
    const call: TensorCall = {
      operation: 'matmul',
      x: { type: 'u8', zeroPoint: 0, bytes: new Uint8Array(depth).fill(255) },
      rows: 1,
      depth,
      columns: 1,
      weights: new Int8Array(depth).fill(-128),
      output: { type: 'i32' },
    }
    expect(run('matmul', encodeTensorCall(call))).toEqual(referenceOutput(call))
    expect(run('matmul', encodeTensorCall({ ...call, bias: Int32Array.of(-(2 ** 31)) }))).toEqual(
      referenceOutput({ ...call, bias: Int32Array.of(-(2 ** 31)) }),
    )
  })

  it('fails on call data that is one byte off, or has a bit where none has a meaning', () => {
    const meaningless: Record<TensorCall['operation'], number[]> = {
      matmul: [16, 17, 18, 19],
      conv2d: [],
      softmax: [1, 2, 3, 12, 19, 22, 27],
      embed: [1, 2, 3, 16, 20, 31],
      argmax: [1, 2, 3, 12, 20, 31],
    }
    fc.assert(
      fc.property(calls, (call) => {
        const input = encodeTensorCall(call)
        expect(run(call.operation, input.subarray(0, -1))).toBeUndefined()
        expect(run(call.operation, Uint8Array.of(...input, 0))).toBeUndefined()
        expect(run(call.operation, input.subarray(0, 31))).toBeUndefined()
        expect(priceOf(call.operation, input.subarray(0, 31))).toBe(300n)
        for (const at of meaningless[call.operation]) {
          const changed = Uint8Array.from(input)
          changed[at] = 1
          expect(run(call.operation, changed)).toBeUndefined()
          expect(priceOf(call.operation, changed)).toBe(300n)
        }
      }),
    )
  })

  it('either answers as the definition says or fails, whatever the header', () => {
    fc.assert(
      fc.property(calls, fc.nat(31), fc.nat(255), (call, at, value) => {
        const input = encodeTensorCall(call)
        input[at] = value
        const price = priceOf(call.operation, input)
        expect(price).toBeGreaterThanOrEqual(300n)
        if (price === 300n) expect(run(call.operation, input)).toBeUndefined()
        else run(call.operation, input)
      }),
      { numRuns: 1_000 },
    )
  })

  it('survives any header, and never asks for more than its limits', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(tensorAddresses) as (keyof typeof tensorAddresses)[])),
        fc.uint8Array({ maxLength: 200 }),
        (operation, input) => {
          run(operation, input)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('fails on an index beyond the table', () => {
    const call = {
      operation: 'embed',
      type: 'u8',
      table: Uint8Array.of(1, 2, 3),
      rows: 3,
      columns: 1,
    } as const
    expect(run('embed', encodeTensorCall({ ...call, indexes: Uint32Array.of(2, 0) }))).toEqual(
      Uint8Array.of(3, 1),
    )
    for (const index of [3, 2 ** 31, 2 ** 32 - 1]) {
      expect(run('embed', encodeTensorCall({ ...call, indexes: Uint32Array.of(index) }))).toBeUndefined()
    }
  })

  it('fails when wei is sent along', () => {
    const input = encodeTensorCall({
      operation: 'argmax',
      type: 'u8',
      x: Uint8Array.of(1, 2),
      rows: 1,
      depth: 2,
    })
    const precompile = fast.get(tensorAddresses.argmax)!
    expect(precompile.run(input, context)).toEqual(Uint8Array.of(0, 0, 0, 1))
    expect(precompile.run(input, { ...context, value: 1n })).toBeUndefined()
  })

  it('is priced by the published formula', () => {
    const call: TensorCall = {
      operation: 'matmul',
      x: { type: 'i8', zeroPoint: 0, bytes: new Uint8Array(3 * 20) },
      rows: 3,
      depth: 20,
      columns: 5,
      weights: new Int8Array(100),
      output: { type: 'i32' },
    }
    // 192 bytes in, 60 out; 3·(20 + 5 + 4) + 5·(2 + 4) elements; 3·32·8 products.
    expect(priceOf('matmul', encodeTensorCall(call))).toBe(300n + 3n * 8n + 4n * 117n + 24n)
  })
})

describe('tensor precompiles against TensorFlow.js', () => {
  beforeAll(async () => {
    // Else it prints advice to install its native build.
    tf.env().set('IS_NODE', false)
    await tf.setBackend('cpu')
  })

  const integers = (answer: Uint8Array | undefined): number[] => {
    const view = new DataView(answer!.buffer, answer!.byteOffset)
    return Array.from({ length: answer!.length / 4 }, (_, i) => view.getInt32(4 * i))
  }
  const valuesOf = (x: { type: 'i8' | 'u8'; bytes: Uint8Array }): number[] =>
    x.type === 'u8' ? [...x.bytes] : [...new Int8Array(x.bytes)]

  it('MATMUL is its matMul', () => {
    fc.assert(
      fc.property(matmul, (call) => {
        if (call.operation !== 'matmul') return
        const { bias: _, ...plain } = call
        const answer = run('matmul', encodeTensorCall({ ...plain, output: { type: 'i32' } }))
        const x = tf.sub(tf.tensor2d(valuesOf(call.x), [call.rows, call.depth]), call.x.zeroPoint)
        const w = tf.tensor2d([...call.weights], [call.columns, call.depth])
        expect(integers(answer)).toEqual([...tf.matMul(x, w, false, true).dataSync()].map(Math.round))
      }),
      { numRuns: 60 },
    )
  })

  it('CONV2D is its conv2d', () => {
    fc.assert(
      fc.property(conv2d, (call) => {
        if (call.operation !== 'conv2d') return
        const { bias: _, ...plain } = call
        const answer = run('conv2d', encodeTensorCall({ ...plain, output: { type: 'i32' } }))
        const { shape, window, outputs } = call
        const [top, left, bottom, right] = window.padding
        const centred = tf.sub(tf.tensor(valuesOf(call.x), [1, ...shape]), call.x.zeroPoint)
        const x = tf.pad(centred, [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ]) as tf.Tensor4D
        const filters = tf.tensor4d([...call.weights], [outputs, ...window.kernel, shape[2]])
        const w = tf.transpose(filters, [1, 2, 3, 0]) as tf.Tensor4D
        const expected = tf.conv2d(x, w, [...window.stride], 'valid')
        expect(integers(answer)).toEqual([...expected.dataSync()].map(Math.round))
      }),
      { numRuns: 60 },
    )
  })

  it('ARGMAX is its argMax, EMBED its gather', () => {
    fc.assert(
      fc.property(argmax, embed, (a, e) => {
        if (a.operation !== 'argmax' || e.operation !== 'embed' || a.type === 'i32' || e.type === 'i32')
          return
        const x = tf.tensor2d(valuesOf({ type: a.type, bytes: a.x }), [a.rows, a.depth])
        expect(integers(run('argmax', encodeTensorCall(a)))).toEqual([...tf.argMax(x, 1).dataSync()])
        const table = tf.tensor2d([...e.table], [e.rows, e.columns])
        const gathered = tf.gather(table, tf.tensor1d([...e.indexes], 'int32'))
        expect([...run('embed', encodeTensorCall(e))!]).toEqual([...gathered.dataSync()])
      }),
      { numRuns: 60 },
    )
  })

  it('SOFTMAX is within a step of its softmax', () => {
    fc.assert(
      fc.property(softmax, fc.integer({ min: 20, max: 26 }), (call, scaleBits) => {
        if (call.operation !== 'softmax') return
        // Base 2 to base e: an element counts 2^−scaleBits·multiplier/256 of a doubling.
        const [shift, multiplier] = [24, 2 ** scaleBits]
        const answer = run('softmax', encodeTensorCall({ ...call, shift, multiplier }))
        const scale = (Math.LN2 * multiplier) / 2 ** shift / 256
        const x = tf.tensor2d(
          valuesOf(call.x).map((value) => value * scale),
          [call.rows, call.depth],
        )
        const expected = [...tf.softmax(x).dataSync()]
        answer!.forEach((value, i) => {
          expect(Math.abs(value - expected[i]! * 255)).toBeLessThanOrEqual(1)
        })
      }),
      { numRuns: 60 },
    )
  })
})
