import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm, type TieredEvm } from '../../evm.js'
import type { ExecutionResult } from '../../interface.js'
import { Kernel } from '../../kernel/kernel.js'
import { env, opcodeTable } from '../../kernel/layout.js'
import { addressOf, block, MapState, message } from '../../testing/fixture.js'
import { importIndex } from '../abi.js'
import { compile } from '../compile.js'
import { readSchedule } from '../schedule.js'

const kernel = new Kernel()
kernel.view.setInt32(env.fork, 13, true)
kernel.exports.begin()
const schedule = readSchedule(kernel.view, opcodeTable)

const words = (...values: number[]): Uint8Array =>
  Uint8Array.from(Buffer.from(values.map((v) => v.toString(16).padStart(64, '0')).join(''), 'hex'))

function run(evm: TieredEvm, code: Uint8Array, gas: bigint, data: Uint8Array): [ExecutionResult, unknown] {
  const state = new MapState()
    .set(addressOf(0xaa), { nonce: 5n, balance: 10n ** 18n })
    .set(addressOf(0xc0), { nonce: 1n, balance: 1n, code, storage: [] })
  using session = evm.begin({ fork: 'prague', chainId: 1n }, block, state)
  const result = session.transact(message({ gasLimit: gas, nonce: 5n, value: 0n, data }), { skipFees: true })
  return [result, [...session.changes()].map(({ account, storage }) => [account, [...storage]])]
}

const push2 = (value: number): number[] => [0x61, value >> 8, value & 255]

/** x, below 2^16, and y, below 2^8, from the input: at the bottom of the stack. */
const begin = [...push2(0xffff), 0x5f, 0x35, 0x16, 0x60, 0xff, 0x60, 0x20, 0x35, 0x16]

/** Pushes times * x + (y << shift) + more - less, where the stack has x, y and nothing else. */
const offset = fc
  .record({ times: fc.nat(3), shift: fc.nat(6), more: fc.nat(4_000), less: fc.boolean() })
  .map(({ times, shift, more, less }) => [
    ...[0x81, 0x60, times, 0x02],
    ...[0x81, 0x60, shift, 0x1b, 0x01],
    ...[...push2(more), 0x01],
    ...(less && more > 7 ? [0x60, 7, 0x90, 0x03] : []),
  ])

/** What touches memory, and what may notice that it has grown. */
const step = fc.oneof(
  { weight: 6, arbitrary: offset.map((at) => [...at, 0x51, 0x50]) },
  { weight: 3, arbitrary: offset.map((at) => [...at, 0x51, 0x5f, 0x54, 0x01, 0x5f, 0x52]) },
  { weight: 6, arbitrary: offset.map((at) => [0x80, ...at.with(0, 0x82).with(4, 0x82), 0x52]) },
  { weight: 3, arbitrary: offset.map((at) => [0x80, ...at.with(0, 0x82).with(4, 0x82), 0x53]) },
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      [0x59, 0x60, 0x40, 0x52], // MSIZE
      [0x5a, 0x60, 0x20, 0x52], // GAS
      [0x60, 9, 0x5f, 0x55], // SSTORE
      [0x60, 96, 0x5f, 0x20, 0x5f, 0x52], // KECCAK256
      [0x60, 40, 0x5f, 0x60, 200, 0x39], // CODECOPY
    ),
  },
)

const program = fc
  .array(step, { minLength: 1, maxLength: 24 })
  .map((steps) => Uint8Array.from([...begin, ...steps.flat(), 0x59, 0x5f, 0x52, 0x60, 0x80, 0x5f, 0xf3]))

describe('what a block touches of memory', () => {
  const interpreted = createEvm({ mode: 'tier0' })
  const tiers = (['optimised', 'profiled'] as const).map((mode) => createEvm({ mode }))
  const runs = Number(process.env.METIS_FUZZ_RUNS ?? 60)

  it(
    'costs the same at the same place when it is paid for ahead, and fails the same',
    () => {
      const inputs = fc.tuple(fc.constantFrom(0, 1, 31, 32, 9_000, 0xffff), fc.constantFrom(0, 1, 32, 255))
      fc.assert(
        fc.property(program, inputs, fc.nat(4_000), (code, input, less) => {
          for (const gas of [3_000_000n, 21_900n + BigInt(less)]) {
            const expected = run(interpreted, code, gas, words(...input))
            for (const evm of tiers) expect(run(evm, code, gas, words(...input))).toEqual(expected)
          }
        }),
        { numRuns: runs },
      )
    },
    60_000 + runs * 500,
  )

  it('is looked at once where the farthest place is known', () => {
    const call = `10${importIndex.expandMemory.toString(16).padStart(2, '0')}22`
    const calls = (code: Uint8Array, optimise: boolean): number =>
      Buffer.from(compile(code, schedule, { optimise })!.wasm)
        .toString('hex')
        .split(call).length - 1
    const looks = (code: readonly number[]): number => {
      const whole = Uint8Array.from([...begin, ...code, 0])
      return calls(whole, true) - calls(whole, false)
    }
    const one = [0x80, 0x51, 0x50]
    const next = (more: number): number[] => [0x80, 0x60, more, 0x01, 0x51, 0x50]
    expect(looks([...one, ...next(32), ...next(64), ...next(33)])).toBe(1)
    expect(looks([...one, 0x59, 0x50, ...next(32)])).toBe(2)
  })
})
