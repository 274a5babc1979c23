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
const runs = Number(process.env.METIS_FUZZ_RUNS ?? 30)

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

/** `for (i = 0; i < n; i++) sum += i`, from docs/metisvm.md. */
const sum = Uint8Array.from(
  Buffer.from('600035600060005b8281101560195780910190600101600756' + '5b5060005260206000f3', 'hex'),
)

describe('bets on small words', () => {
  it('are made for what nothing bounds, and checked only where they are not proven', () => {
    const { region } = compile(sum, schedule)!.report
    expect(region?.guards.map(({ pc, depth, bits }) => [pc, depth, bits])).toEqual([
      [7, 2, 31],
      [7, 1, 31],
    ])
  })

  it('are lost without a trace, and not made again once distrusted', () => {
    const first = compile(sum, schedule)!
    const failed = first.guards.find(({ depth }) => depth === 1)!
    const second = compile(sum, schedule, { distrust: new Set([failed.key]) })!
    expect(second.guards.find(({ depth }) => depth === 1)?.bits).toBe(63)
    const expected = run(interpreted, sum, 10_000_000n, words(70_000n))
    for (const evm of tiers)
      for (let again = 0; again < 4; again++)
        expect(run(evm, sum, 10_000_000n, words(70_000n))).toEqual(expected)
  })

  it('follow the profile', () => {
    const wide = compile(sum, schedule, { profile: { widths: new Map([[7, [17, 200, 17]]]) } })!
    expect(wide.report.region?.assumptions.map(({ depth, bits }) => [depth, bits])).toEqual([[2, 31]])
  })
})

describe('code made to explode the analysis', () => {
  const size = 24_576
  const repeat = (...pattern: number[]): Uint8Array =>
    Uint8Array.from({ length: size }, (_, i) => pattern[i % pattern.length]!)
  const bombs: Record<string, Uint8Array> = {
    // Words are left over each time round.
    'a stack that grows in a loop': Uint8Array.of(
      0x60,
      0,
      0x5b,
      0x36,
      0x36,
      0x36,
      0x60,
      2,
      0x57,
      0x60,
      2,
      0x56,
    ),
    'loops in loops in loops': repeat(0x5b, 0x36, 0x61, 0, 0, 0x57, 0x36),
    'loops one after the other': repeat(0x5b, 0x36, 0x60, 0, 0x57),
    'return addresses without end': repeat(0x5b, 0x60, 0, 0x36, 0x60, 0, 0x57),
    'products that grow': repeat(0x5b, 0x36, 0x80, 0x02, 0x58, 0x57),
    'memory at unknown places': repeat(0x36, 0x51, 0x50),
  }

  for (const [name, code] of Object.entries(bombs)) {
    it(`${name}: in part or not at all, with bounded work`, () => {
      const { wasm, report } = compile(code, schedule)!
      expect(WebAssembly.validate(wasm as BufferSource)).toBe(true)
      expect(report.denied ?? '').not.toContain('fault')
      if (report.region === undefined) return
      expect(report.region.work).toBeLessThanOrEqual(20_000 + 64 * code.length)
      expect(report.region.nodes).toBeLessThanOrEqual(2_000)
      expect(report.region.wasmBytes).toBeLessThanOrEqual(512 * 1024)
    })
  }
})
