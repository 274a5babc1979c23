import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyse } from '../format/analyse.js'
import { decodeProgram } from '../format/decode.js'
import { encodeProgram } from '../format/encode.js'
import { defaultLimits, type Operator, operatorCodes, type Program } from '../format/program.js'
import { executeReference } from '../reference/execute.js'
import { bytesFrom, runs } from '../testing/programs.js'
import { createRuntime } from './runtime.js'

const simd = createRuntime()
const scalar = createRuntime({ variant: 'scalar' })

describe('runtime', () => {
  it('gives the same bytes on SIMD, scalar and plain JavaScript for random programs', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(runs, ({ program, input }) => {
        for (const { kind } of program.operators) seen.add(kind)
        const expected = executeReference(program, input)
        expect(simd.load(program).run(input)).toEqual(expected)
        expect(scalar.load(program).run(input)).toEqual(expected)
      }),
      { numRuns: 3000 },
    )
    expect([...seen].sort()).toEqual(Object.keys(operatorCodes).sort())
  })

  it('runs encoded and decoded programs the same', () => {
    fc.assert(
      fc.property(runs, ({ program, input }) => {
        const decoded = decodeProgram(encodeProgram(program))
        expect(simd.load(decoded).run(input)).toEqual(simd.load(program).run(input))
      }),
      { numRuns: 300 },
    )
  })

  it('does not let one run change the next', () => {
    fc.assert(
      fc.property(runs, fc.nat(), ({ program, input }, seed) => {
        const model = simd.load(program)
        const first = model.run(input)
        model.run(bytesFrom(seed + 1, input.length))
        expect(model.run(input)).toEqual(first)
      }),
      { numRuns: 300 },
    )
  })

  it('shows each operator its result when asked to trace, with the same output', () => {
    fc.assert(
      fc.property(runs, ({ program, input }) => {
        const traces = [simd, scalar].map((runtime) => {
          const trace: Uint8Array[] = []
          const output = runtime.load(program).run(input, { onOperator: (_, result) => trace.push(result) })
          expect(output).toEqual(executeReference(program, input))
          return trace
        })
        expect(traces[0]).toEqual(traces[1])
        expect(traces[0]).toHaveLength(program.operators.length)
        const last = program.operators.length
        expect(program.outputs).toContain(last)
      }),
      { numRuns: 300 },
    )
  })

  it('keeps the accumulator exact at the very bound of i32', () => {
    // 2^31 − 1 = 255 · 127 · 66,311 + 25,012: one more unit of bias would be refused.
    const depth = 66_311
    const dense = (bias: number): Program =>
      analyse(
        {
          input: { type: 'u8', zeroPoint: 0, shape: [depth] },
          operators: [
            {
              kind: 'dense',
              input: 0,
              columns: 1,
              weights: new Int8Array(depth).fill(127),
              bias: Int32Array.of(bias),
              output: { type: 'i32' },
            },
          ],
          outputs: [1],
        },
        defaultLimits,
      )
    const bias = 2 ** 31 - 1 - 255 * 127 * depth
    const input = new Uint8Array(depth).fill(255)
    for (const runtime of [simd, scalar]) {
      expect(new Int32Array(runtime.load(dense(bias)).run(input).buffer)[0]).toBe(2 ** 31 - 1)
    }
    expect(() => dense(bias + 1)).toThrow(/could overflow/)
  })

  it('refuses input of another length', () => {
    const identity: Operator = { kind: 'reshape', input: 0, shape: [2, 2] }
    const program = analyse(
      { input: { type: 'u8', zeroPoint: 0, shape: [4] }, operators: [identity], outputs: [1] },
      defaultLimits,
    )
    expect(() => simd.load(program).run(new Uint8Array(5))).toThrow(/Input has 5 bytes, not 4/)
  })
})
