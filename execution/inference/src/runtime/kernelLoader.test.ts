import { instantiate } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeProgram } from '../format/decode.js'
import { encodeProgram } from '../format/encode.js'
import { chainLimits, defaultLimits, type Operator, type ProgramSource } from '../format/program.js'
import { executeReference } from '../reference/execute.js'
import { bytesFrom, programs, runs } from '../testing/programs.js'

type Loader = {
  memory: WebAssembly.Memory
  base(): number
  loadProgramAt(at: number, size: number, work: number): number
  inputOfProgram(): number
  runOperator(index: number): void
  outputSizeOfProgram(): number
  outputOfProgram(out: number): void
}

const loader = instantiate<Loader>('scalar/tensor')
loader.memory.grow(1024)
const memory = new Uint8Array(loader.memory.buffer)
const at = loader.base()
const work = at + chainLimits.bytes + 64

/** Number of operators; 0 when the kernel refuses. */
function load(bytes: Uint8Array): number {
  memory.set(bytes, at)
  return loader.loadProgramAt(at, bytes.length, work)
}

function run(bytes: Uint8Array, input: Uint8Array): Uint8Array {
  const operators = load(bytes)
  expect(operators).toBeGreaterThan(0)
  memory.set(input, loader.inputOfProgram())
  for (let i = 0; i < operators; i++) loader.runOperator(i)
  const out = memory.length - 2 ** 20
  loader.outputOfProgram(out)
  return memory.slice(out, out + loader.outputSizeOfProgram())
}

function accepts(bytes: Uint8Array): boolean {
  try {
    decodeProgram(bytes, chainLimits)
    return true
  } catch {
    return false
  }
}

describe('the loader of programs in the proof build', () => {
  it('runs every program as the reference does', () => {
    fc.assert(
      fc.property(runs, ({ program, input }) => {
        expect(run(encodeProgram(program), input)).toEqual(executeReference(program, input))
      }),
      { numRuns: 2000 },
    )
  })

  it('accepts and refuses the same bytes as the decoder, and runs what it accepts the same', () => {
    let accepted = 0
    fc.assert(
      fc.property(
        programs,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (program, changes, early) => {
          const bytes = encodeProgram(program)
          // Weights are most of the bytes; what matters more lies at the front.
          for (const [position, value] of changes) bytes[position % (early ? 80 : bytes.length)] = value
          const valid = accepts(bytes)
          expect(load(bytes) > 0).toBe(valid)
          if (!valid) return
          accepted++
          const changed = decodeProgram(bytes, chainLimits)
          const input = bytesFrom(7, changed.inputBytes)
          expect(run(bytes, input)).toEqual(executeReference(changed, input))
        },
      ),
      { numRuns: 5000 },
    )
    expect(accepted).toBeGreaterThan(100)
  })

  it('refuses what is cut short or goes on', () => {
    fc.assert(
      fc.property(programs, fc.nat(), (program, length) => {
        const bytes = encodeProgram(program)
        expect(load(bytes.subarray(0, length % bytes.length))).toBe(0)
        expect(load(Uint8Array.of(...bytes, 0))).toBe(0)
      }),
      { numRuns: 300 },
    )
  })

  const pass = (input: number): Operator => ({
    kind: 'rescale',
    input,
    output: {
      type: 'i8',
      zeroPoint: 0,
      lowest: -128,
      highest: 127,
      shift: 30,
      multipliers: Int32Array.of(2 ** 30),
    },
  })

  it.each<[string, ProgramSource]>([
    [
      'memory, just',
      { input: { type: 'i8', zeroPoint: 0, shape: [11_184_810] }, operators: [pass(0)], outputs: [1] },
    ],
    [
      'memory',
      { input: { type: 'i8', zeroPoint: 0, shape: [11_184_811] }, operators: [pass(0)], outputs: [1] },
    ],
    [
      'elements',
      {
        input: { type: 'i8', zeroPoint: 0, shape: [2 ** 20] },
        operators: Array.from({ length: 1024 }, (_, i) => pass(i)),
        outputs: [1024],
      },
    ],
    [
      'operators',
      {
        input: { type: 'i8', zeroPoint: 0, shape: [1] },
        operators: Array.from({ length: 1025 }, (_, i) => pass(i)),
        outputs: [1025],
      },
    ],
    [
      'operators, just',
      {
        input: { type: 'i8', zeroPoint: 0, shape: [1] },
        operators: Array.from({ length: 1024 }, (_, i) => pass(i)),
        outputs: [1024],
      },
    ],
  ])('has the limits of chains: %s', (_, source) => {
    const bytes = encodeProgram(source, {
      ...defaultLimits,
      operators: 2000,
      memoryBytes: 2 ** 34,
      elements: 2 ** 40,
    })
    expect(load(bytes) > 0).toBe(accepts(bytes))
  })
})
