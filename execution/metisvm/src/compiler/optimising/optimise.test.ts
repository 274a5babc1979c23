import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm, type TieredEvm } from '../../evm.js'
import type { ExecutionResult } from '../../interface.js'
import { Kernel } from '../../kernel/kernel.js'
import { env, opcodeTable } from '../../kernel/layout.js'
import { addressOf, block, MapState, message } from '../../testing/fixture.js'
import { compile } from '../compile.js'
import { readSchedule } from '../schedule.js'
import { structuredProgram } from './programs.testing.js'

const interpreted = createEvm({ mode: 'tier0' })
const tiers = (['optimised', 'profiled'] as const).map((mode) => createEvm({ mode }))
const runs = Number(process.env.METIS_FUZZ_RUNS ?? 60)

const kernel = new Kernel()
kernel.view.setInt32(env.fork, 13, true)
kernel.exports.begin()
const schedule = readSchedule(kernel.view, opcodeTable)

const words = (...values: bigint[]): Uint8Array =>
  Uint8Array.from(Buffer.from(values.map((v) => v.toString(16).padStart(64, '0')).join(''), 'hex'))

function run(evm: TieredEvm, code: Uint8Array, gas: bigint, data: Uint8Array): [ExecutionResult, unknown] {
  const state = new MapState()
    .set(addressOf(0xaa), { nonce: 5n, balance: 10n ** 18n })
    .set(addressOf(0xc0), { nonce: 1n, balance: 1n, code, storage: [[words(1n), words(77n)]] })
  using session = evm.begin({ fork: 'prague', chainId: 1n }, block, state)
  const result = session.transact(message({ gasLimit: gas, nonce: 5n, value: 0n, data }), { skipFees: true })
  return [result, [...session.changes()].map(({ account, storage }) => [account, [...storage]])]
}

const word = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
)

describe('the optimising compiler', () => {
  it(
    'agrees with the interpreter on structured programs, whatever the words and the gas',
    () => {
      fc.assert(
        fc.property(
          fc.integer(),
          fc.array(fc.tuple(word, word, word), { minLength: 2, maxLength: 4 }),
          fc.integer({ min: 0, max: 60_000 }),
          (seed, inputs, less) => {
            const code = structuredProgram(seed)
            for (const gas of [2_000_000n, 90_000n - BigInt(less)])
              for (const input of inputs) {
                const expected = run(interpreted, code, gas, words(...input))
                for (const evm of tiers) expect(run(evm, code, gas, words(...input))).toEqual(expected)
              }
          },
        ),
        { numRuns: runs },
      )
    },
    60_000 + runs * 500,
  )

  it('has no faults, and takes most structured programs as a whole', () => {
    let whole = 0
    for (let seed = 1; seed <= 200; seed++) {
      const { report, wasm } = compile(structuredProgram(seed), schedule)!
      expect(report.denied ?? '').not.toContain('fault')
      expect(WebAssembly.validate(wasm as BufferSource)).toBe(true)
      if (report.region?.left.length === 0) whole++
    }
    expect(whole).toBeGreaterThan(150)
  })
})
