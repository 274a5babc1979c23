import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm, type TieredEvm } from '../../evm.js'
import type { ExecutionResult } from '../../interface.js'
import { Kernel } from '../../kernel/kernel.js'
import { env, opcodeTable } from '../../kernel/layout.js'
import { addressOf, block, MapState, message } from '../../testing/fixture.js'
import { compile } from '../compile.js'
import { readSchedule } from '../schedule.js'
import { defaultOptimisingBudget } from './optimise.js'
import { callingProgram, structuredProgram } from './programs.testing.js'

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
            const code = (seed & 1 ? structuredProgram : callingProgram)(seed)
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

/** `f(n) + f(3)`, where `f(n) = n == 0 ? 0 : n + f(n - 1)`; `f` begins at 24. */
const recursive = Uint8Array.from(
  Buffer.from(
    '60086000356018565b60106003601856' + '5b015f5260205ff35b80601f5790565b602a81600190036018565b019056',
    'hex',
  ),
)

/**
 * `f(times, to)` at 52 calls itself `times - 1` times, then begins anew with `to`, an offset that only the input knows, for its way back:
 * 41 ends with 99, its callers with 42.
 */
const elsewhere = Uint8Array.from(
  Buffer.from(
    '61000d600035602035610034565b600160005561001e60006007610034565b602a60005260206000f35b606360005260206000f35b' +
      '6001600201506001600201506001600201506001600201506001600201508161005b575050565b' +
      '6001821161006f5791505060006000610034565b61007c6001830382610034565b505056',
    'hex',
  ),
)

/** Functions of which each calls the next one twice, between sums: 2^count contexts. The last one adds one to its argument. */
function doubling(count: number): Uint8Array {
  const size = 80
  const start = (i: number): number => 16 + size * i
  const push2 = (value: number): number[] => [0x61, value >> 8, value & 255]
  const call = (at: number, i: number): number[] => [...push2(at), 0x90, ...push2(start(i)), 0x56, 0x5b]
  const code = new Array<number>(start(count)).fill(0xfe)
  const main = [0x5f, 0x35, ...call(10, 0), 0x5f, 0x52, 0x59, 0x5f, 0xf3]
  code.splice(0, main.length, ...main)
  for (let i = 0; i < count; i++) {
    const sums = new Array<number>(8).fill(0).flatMap(() => [0x60, 1, 0x01])
    const at = start(i)
    const twice = i + 1 < count ? [...call(at + 33, i + 1), ...call(at + 42, i + 1)] : []
    const body = [0x5b, ...sums, ...twice, 0x90, 0x56]
    code.splice(at, body.length, ...body)
  }
  return Uint8Array.from(code)
}

describe('procedures', () => {
  it('recur as deep as the stack goes, and fail as the interpreter does beyond', () => {
    expect(compile(recursive, schedule)!.report.region).toMatchObject({ procedures: [24], left: [] })
    for (const n of [0n, 5n, 77n, 300n, 420n, 430n, 500n, 509n, 510n, 511n, 512n, 2_000n])
      for (const gas of [2_000_000n, 40_000n]) {
        const expected = run(interpreted, recursive, gas, words(n))
        for (const evm of tiers) expect(run(evm, recursive, gas, words(n))).toEqual(expected)
      }
  })

  it('go back to their own beginning without their way back, as the interpreter does', () => {
    expect(compile(elsewhere, schedule)!.report.region).toMatchObject({ procedures: [52] })
    for (const times of [0n, 1n, 3n]) {
      const input = words(times, 41n)
      const expected = run(interpreted, elsewhere, 2_000_000n, input)
      for (const evm of tiers) expect(run(evm, elsewhere, 2_000_000n, input)).toEqual(expected)
    }
  })

  it('stand for themselves where each caller would have a copy', () => {
    const code = doubling(24)
    const { report } = compile(code, schedule)!
    expect(report.region!.nodes).toBeLessThan(400)
    expect(report.region!.left).toEqual([])
    const shallow = doubling(8)
    for (const evm of tiers) {
      const expected = run(interpreted, shallow, 2_000_000n, words(7n))
      expect(run(evm, shallow, 2_000_000n, words(7n))).toEqual(expected)
      const failing = run(interpreted, code, 500_000n, words(7n))
      expect(run(evm, code, 500_000n, words(7n))).toEqual(failing)
    }
  })

  it('are not what callers share of their own, below the return address', () => {
    const { code, called } = sharing(16)
    const limits = { optimisingBudget: { ...defaultOptimisingBudget, contexts: 4 } }
    expect(compile(code, schedule, limits)!.report.region).toMatchObject({ procedures: [called], left: [] })
    for (const gas of [2_000_000n, 26_000n]) {
      const expected = run(interpreted, code, gas, words(5n))
      for (const evm of tiers) expect(run(evm, code, gas, words(5n))).toEqual(expected)
    }
  })

  it('are found in most programs whose functions call each other from many places', () => {
    let found = 0
    for (let seed = 1; seed <= 200; seed++) {
      const { report, wasm } = compile(callingProgram(seed), schedule, {
        optimisingBudget: { ...defaultOptimisingBudget, contexts: 4 },
      })!
      expect(report.denied ?? '').not.toContain('fault')
      expect(WebAssembly.validate(wasm as BufferSource)).toBe(true)
      if (report.region && report.region.procedures.length > 0) found++
    }
    expect(found).toBeGreaterThan(60)
  })
})

/**
 * Calls one function from many places, three of which at a time share what comes before the jump, as solc's optimiser has it: there a word
 * from below the return address becomes an argument.
 */
function sharing(count: number): { code: Uint8Array; called: number } {
  const call = 10
  const piece = 9
  const firstPiece = 2 + 3 * count * call + 6
  const called = firstPiece + count * piece
  const at = (offset: number): number[] => [0x61, offset >> 8, offset & 255]
  const bytes = [0x5f, 0x35]
  for (let i = 0; i < 3 * count; i++) {
    const back = bytes.length + call - 2
    // PUSH2 back, DUP2, PUSH2 piece, JUMP, JUMPDEST, ADD
    bytes.push(...at(back), 0x81, ...at(firstPiece + (i % count) * piece), 0x56, 0x5b, 0x01)
  }
  bytes.push(0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3)
  // JUMPDEST, DUP3, PUSH1 j, ADD, PUSH2 called, JUMP
  for (let j = 0; j < count; j++) bytes.push(0x5b, 0x82, 0x60, j, 0x01, ...at(called), 0x56)
  bytes.push(0x5b, 0x02)
  for (let j = 0; j < 8; j++) bytes.push(0x60, j, 0x18)
  bytes.push(0x90, 0x56)
  return { code: Uint8Array.from(bytes), called }
}

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
