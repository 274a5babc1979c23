import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { compile } from '../compiler/compile.js'
import { defaultOptimisingBudget } from '../compiler/optimising/optimise.js'
import { createEvm, type TieredEvm } from '../evm.js'
import { scheduleOf } from '../explain/schedule.js'
import type { ExecutionResult } from '../interface.js'
import { addressOf, block, MapState, message } from '../testing/fixture.js'

const schedule = scheduleOf('osaka')
const largestCode = 24_576

function run(evm: TieredEvm, code: Uint8Array, data = new Uint8Array(), gas = 2_000_000n): ExecutionResult {
  const state = new MapState().set(addressOf(0xc0), { nonce: 1n, balance: 1n, code })
  using session = evm.begin({ fork: 'osaka', chainId: 1n }, block, state)
  return session.transact(message({ gasLimit: gas, data }), {
    skipFees: true,
    skipNonce: true,
    skipBalance: true,
    skipGasCap: true,
  })
}

/** Bytes from numbers and, for code offsets that are not known yet, names; `':name'` is a JUMPDEST. */
function assemble(...parts: (number | string)[]): Uint8Array {
  const labels = new Map<string, number>()
  let size = 0
  for (const part of parts) {
    if (typeof part === 'string' && part.startsWith(':')) labels.set(part.slice(1), size)
    size += typeof part === 'number' || part.startsWith(':') ? 1 : 3
  }
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'number') return [part]
      if (part.startsWith(':')) return [0x5b]
      const target = labels.get(part)!
      return [0x61, target >> 8, target & 0xff]
    }),
  )
}

/** Functions each of which calls the next twice: taken apart by caller, 2^depth copies. */
const callTree = (depth: number): Uint8Array =>
  assemble(
    ...['end', 'f0', 0x56, ':end', 0x00],
    ...Array.from({ length: depth }, (_, i) => [
      ...[`:f${i}`, `a${i}`, `f${i + 1}`, 0x56],
      ...[`:a${i}`, `b${i}`, `f${i + 1}`, 0x56],
      ...[`:b${i}`, 0x56],
    ]).flat(),
    ...[`:f${depth}`, 0x56],
  )

/** Places that all jump to where the call data says, each with its own return address on the stack. */
const returnWeb = (places: number): Uint8Array =>
  assemble(
    ...[0x5f, 0x35, 0x56],
    ...Array.from({ length: places }, (_, i) => [
      `:p${i}`,
      `p${(i * 7 + 1) % places}`,
      0x36,
      `p${(i * 13 + 5) % places}`,
      0x57,
      0x56,
    ]).flat(),
  )

/** A loop whose every turn leaves one more word: no height of the stack is the one. */
const growingStack = assemble(':top', 0x36, 'top', 0x56)

/** Loops within loops, all entered from several sides. */
const tangled = (loops: number): Uint8Array =>
  assemble(
    ...Array.from({ length: loops }, (_, i) => [
      `:l${i}`,
      ...[0x36, `l${(i * 5 + 3) % loops}`, 0x57],
      ...[0x34, `l${(i * 3 + loops - 1) % loops}`, 0x57],
    ]).flat(),
    0x00,
  )

const repeat = (...pattern: number[]): Uint8Array =>
  Uint8Array.from({ length: largestCode }, (_, i) => pattern[i % pattern.length]!)

const bombs: Record<string, Uint8Array> = {
  'a tree of calls, 8 deep': callTree(8),
  'a tree of calls, 40 deep': callTree(40),
  'a tree of calls as deep as code can be': callTree(1_200),
  'a web of returns': returnWeb(24),
  'a large web of returns': returnWeb(1_500),
  'a stack that grows with each turn': growingStack,
  'tangled loops': tangled(60),
  'as many tangled loops as fit': tangled(1_800),
  'jump destinations only': repeat(0x5b),
  'a loop at every other byte': repeat(0x5b, 0x36, 0x36, 0x57),
  'stack games': repeat(0x5b, 0x90, 0x91, 0x80, 0x50),
  'returns to what the stack has': repeat(0x5b, 0x56),
}

describe('code made to explode the optimising compiler', () => {
  for (const [name, code] of Object.entries(bombs)) {
    it(`${name}: bounded work, valid code, the interpreter's result`, () => {
      const compiled = compile(code, schedule)
      const expected = run(createEvm({ mode: 'tier0' }), code)
      expect(run(createEvm({ mode: 'optimised' }), code)).toEqual(expected)
      if (compiled === undefined) return
      const { region, wasmBytes } = compiled.report
      expect(WebAssembly.validate(compiled.wasm as BufferSource)).toBe(true)
      expect(wasmBytes).toBeLessThan(5 * 1024 * 1024)
      if (region !== undefined) {
        expect(region.nodes).toBeLessThanOrEqual(defaultOptimisingBudget.nodes)
        expect(region.work).toBeLessThanOrEqual(20_000 + defaultOptimisingBudget.work * code.length)
        expect(region.wasmBytes).toBeLessThanOrEqual(defaultOptimisingBudget.wasmBytes)
        expect(region.guards.length).toBeLessThanOrEqual(defaultOptimisingBudget.guards)
      }
    })
  }
})

/** The n-th of many small codes: 60 turns of a loop. */
const numbered = (n: number): Uint8Array =>
  assemble(
    0x62,
    n >> 16,
    (n >> 8) & 255,
    n & 255,
    0x60,
    60,
    ':top',
    0x60,
    1,
    0x90,
    0x03,
    0x80,
    'top',
    0x57,
    0x00,
  )

/** Init code that deploys `code`. */
const deploying = (code: Uint8Array): number[] => [
  ...[0x60, code.length, 0x60, 12, 0x5f, 0x39],
  ...[0x60, code.length, 0x5f, 0xf3, 0x00, 0x00],
  ...code,
]

describe('codes without end', () => {
  it('keep queue, cache and instances within bounds', async () => {
    const evm = createEvm({ thresholds: { workPerByte: 1 } })
    const interpreted = createEvm({ mode: 'tier0' })
    for (let n = 0; n < 3_000; n++) {
      const code = numbered(n)
      const results = [run(evm, code), run(evm, code)]
      if (n % 100 === 0) {
        expect(results).toEqual([run(interpreted, code), run(interpreted, code)])
        await sleep(0)
      }
      if (n % 50 === 0) {
        expect(evm.tiers.waiting).toBeLessThanOrEqual(260)
        expect(evm.tiers.compiled).toBeLessThanOrEqual(2_048)
        expect(evm.tiers.bytes).toBeLessThan(96 * 1024 * 1024)
      }
    }
    expect(evm.tiers.compiled + evm.tiers.waiting + evm.tiers.dropped).toBeGreaterThan(0)
    expect(evm.tiers.denied).toBe(0)
  })

  it('may be made and called in one transaction: a chain of CREATE2', () => {
    // Each turn stores the turn's number in the child's code, creates the child and calls it.
    const child = deploying(numbered(0))
    const code = assemble(
      ...[0x61, 0x00, 0xc8], // 200 turns
      ':top',
      ...[0x60, child.length, 'child', 0x5f, 0x39], // CODECOPY
      ...[0x80, 0x60, 12 + 3, 0x53], // MSTORE8 of the number
      ...[0x80, 0x60, child.length, 0x5f, 0x5f, 0xf5], // CREATE2, the number as salt
      ...[0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x85, 0x5a, 0xf1, 0x50], // CALL twice
      ...[0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x85, 0x5a, 0xf1, 0x50, 0x50],
      ...[0x60, 1, 0x90, 0x03, 0x80, 'top', 0x57, 0x00],
      ':child',
    )
    // Its label is a JUMPDEST, one byte before the child.
    const at = code.length
    const factory = Uint8Array.from([...code, ...child])
    for (let i = 0; i < code.length - 2; i++) {
      if (code[i] === 0x61 && ((code[i + 1]! << 8) | code[i + 2]!) === at - 1) factory[i + 2] = at & 0xff
    }
    const expected = run(createEvm({ mode: 'tier0' }), factory, undefined, 100_000_000n)
    expect(expected.status).toBe('success')
    for (const mode of ['natural', 'compiled', 'profiled'] as const) {
      const evm = createEvm({ mode, thresholds: { workPerByte: 1 } })
      expect(run(evm, factory, undefined, 100_000_000n)).toEqual(expected)
      expect(evm.tiers.compiled + evm.tiers.waiting).toBeLessThanOrEqual(2_048)
      if (mode === 'compiled') expect(evm.tiers.compiled).toBeGreaterThan(200)
    }
  })
})

describe('code that disappoints what was taken for granted', () => {
  /** `loops` loops one after the other; the i-th counts down by a word of call data, twelve times. */
  const disappointing = (loops: number): Uint8Array =>
    assemble(
      ...Array.from({ length: loops }, (_, i) => [
        ...[0x60, 12, 0x5f], // turns, sum
        `:l${i}`,
        ...[0x61, (32 * i) >> 8, (32 * i) & 0xff, 0x35, 0x01], // sum += word
        ...[0x90, 0x60, 1, 0x90, 0x03, 0x90], // turns -= 1
        ...[0x81, `l${i}`, 0x57],
        ...[0x55], // storage[sum] = 0
      ]).flat(),
      0x00,
    )

  it('is compiled anew a few times, then nothing is taken for granted any more', () => {
    const loops = 20
    const code = disappointing(loops)
    const evm = createEvm({ mode: 'profiled' })
    const interpreted = createEvm({ mode: 'tier0' })
    for (let round = 0; round <= loops; round++) {
      // Each round one more of the words is large.
      const data = new Uint8Array(32 * loops)
      for (let i = 0; i < loops; i++) data[32 * i + (i < round ? 2 : 31)] = 1
      for (let i = 0; i < 2; i++) expect(run(evm, code, data)).toEqual(run(interpreted, code, data))
    }
    expect(evm.tiers.recompiled).toBeLessThanOrEqual(5)
    expect(evm.tiers.compiled).toBe(1)
  })
})
