import { bytesToHex } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InferenceError } from '../errors.js'
import { bytesFrom, programs } from '../testing/programs.js'
import { decodeHeader, decodeProgram } from './decode.js'
import { encodeProgram, programHash } from './encode.js'
import type { Operator, ProgramSource } from './program.js'

describe('program format', () => {
  it('has one encoding for each program', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const bytes = encodeProgram(program)
        const decoded = decodeProgram(bytes)
        expect(encodeProgram(decoded)).toEqual(bytes)
        expect(decoded).toEqual(program)
      }),
      { numRuns: 500 },
    )
  })

  it('states in the header what decoding computes', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const header = decodeHeader(encodeProgram(program))
        const { inputBytes, outputBytes } = program
        const { macs: _, ...cost } = program.cost
        expect(header).toEqual({ ...cost, inputBytes, outputBytes })
      }),
      { numRuns: 200 },
    )
  })

  it('answers any change of a byte with a typed error or another valid program that encodes to those bytes', () => {
    fc.assert(
      fc.property(programs, fc.nat(), fc.integer({ min: 1, max: 255 }), (program, position, flip) => {
        const bytes = encodeProgram(program)
        bytes[position % bytes.length]! ^= flip
        decodesOrRefuses(bytes)
      }),
      { numRuns: 3000 },
    )
  })

  it('refuses every truncation and every trailing byte', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const bytes = encodeProgram(program)
        const step = Math.max(1, Math.floor(bytes.length / 50))
        for (let length = 0; length < bytes.length; length += step) {
          expect(() => decodeProgram(bytes.subarray(0, length))).toThrow(InferenceError)
        }
        expect(() => decodeProgram(Uint8Array.of(...bytes, 0))).toThrow(/bytes after the program/)
      }),
      { numRuns: 100 },
    )
  })

  it('survives random bytes after a good header', () => {
    const head = encodeProgram(small({ kind: 'argmax', input: 0 })).subarray(0, 32)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) =>
        decodesOrRefuses(Uint8Array.of(...head, ...tail)),
      ),
      { numRuns: 3000 },
    )
  })

  it('claims no memory for lengths that the bytes do not hold', () => {
    const bytes = encodeProgram(
      small({
        kind: 'dense',
        input: 0,
        columns: 1,
        weights: Int8Array.of(1, 2, 3, 4),
        bias: Int32Array.of(0),
        output: { type: 'i32' },
      }),
    )
    const columnsAt = 32 + 4 + 4 + 1 + 2
    new DataView(bytes.buffer).setUint32(columnsAt, 0xffff_ffff, true)
    expect(() => decodeProgram(bytes)).toThrow(/truncated/)
  })

  it.each<[string, Operator, RegExp]>([
    ['a weight of −128', dense({ weights: Int8Array.of(-128, 0, 0, 0) }), /−128/],
    ['an accumulator that could overflow', dense({ bias: Int32Array.of(2 ** 31 - 1) }), /could overflow/],
    ['a shift below 16', dense({ output: scaled({ shift: 15 }) }), /shift/],
    ['a negative multiplier', dense({ output: scaled({ multipliers: Int32Array.of(-1) }) }), /multiplier/],
    ['a clamp outside of the type', dense({ output: scaled({ highest: 128 }) }), /clamp/],
    ['a reshape that loses elements', { kind: 'reshape', input: 0, shape: [3] }, /number of elements/],
    ['a later tensor', { kind: 'argmax', input: 1 }, /not there/],
    [
      'padding as large as the kernel',
      { kind: 'maxPool', input: 0, window: { kernel: [1, 1], stride: [1, 1], padding: [1, 0, 0, 0] } },
      /height, width, channels/,
    ],
  ])('refuses %s', (_, operator, message) => {
    expect(() => encodeProgram(small(operator))).toThrow(message)
  })

  it('refuses what exceeds the limits of the caller', () => {
    const bytes = encodeProgram(small(dense({})))
    const limits = { bytes: 1000, operators: 10, products: 3, elements: 1000, memoryBytes: 1000 }
    expect(() => decodeProgram(bytes, limits)).toThrow(/limit of 3 products/)
    expect(() => decodeProgram(bytes, { ...limits, products: 4, bytes: 20 })).toThrow(/limit of 20 bytes/)
  })

  it('never changes its bytes: the hash over 200 programs is pinned', () => {
    const encodings = fc.sample(programs, { numRuns: 200, seed: 1 }).map(encodeProgram)
    const all = new Uint8Array(encodings.reduce((sum, bytes) => sum + bytes.length, 0))
    encodings.reduce((at, bytes) => {
      all.set(bytes, at)
      return at + bytes.length
    }, 0)
    expect(bytesToHex(programHash(all))).toMatchInlineSnapshot(
      `"0xf1896897a5da35dd36323a2c4d123339bc6f38ff438c3ef24cf651bdaecfd40e"`,
    )
  })
})

function decodesOrRefuses(bytes: Uint8Array): void {
  let program: ProgramSource
  try {
    program = decodeProgram(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(InferenceError)
    return
  }
  expect(encodeProgram(program)).toEqual(bytes)
}

function small(operator: Operator): ProgramSource {
  return { input: { type: 'i8', zeroPoint: 0, shape: [4] }, operators: [operator], outputs: [1] }
}

function dense(fields: object): Operator {
  return {
    kind: 'dense',
    input: 0,
    columns: 1,
    weights: Int8Array.from(bytesFrom(1, 4), (byte) => byte & 127),
    bias: Int32Array.of(0),
    output: scaled({}),
    ...fields,
  } as Operator
}

function scaled(fields: object): Extract<Operator, { kind: 'dense' }>['output'] {
  return {
    type: 'i8',
    zeroPoint: 0,
    lowest: -128,
    highest: 127,
    shift: 31,
    multipliers: Int32Array.of(2 ** 30),
    ...fields,
  }
}
