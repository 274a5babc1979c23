import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { createEvm, type TieredEvm } from '../evm.js'
import type { ExecutionResult } from '../interface.js'
import { addressOf, block, MapState, message } from '../testing/fixture.js'

/** Counts down from `n`, writing to memory; at the end it returns 64 bytes. */
const loop = (n: number): Uint8Array =>
  Uint8Array.of(
    ...[0x62, n >> 16, (n >> 8) & 0xff, n & 0xff], // n
    ...[0x5b, 0x60, 0x01, 0x90, 0x03], // 4: n - 1
    ...[0x80, 0x80, 0x60, 0x1f, 0x16, 0x52], // mem[n & 31] = n
    ...[0x80, 0x60, 0x04, 0x57], // again while n > 0
    ...[0x60, 0x40, 0x60, 0x00, 0xf3],
  )

function run(evm: TieredEvm, code: Uint8Array, gas = 1_000_000_000n): ExecutionResult {
  const state = new MapState().set(addressOf(0xc0), { nonce: 1n, balance: 1n, code })
  using session = evm.begin({ fork: 'cancun', chainId: 1n }, { ...block, gasLimit: 2n * gas }, state)
  return session.transact(message({ gasLimit: gas, value: 0n }), {
    skipFees: true,
    skipNonce: true,
    skipBalance: true,
  })
}

/** Runs again and again until the tiers are as wanted. */
async function until(evm: TieredEvm, code: Uint8Array, reached: () => boolean): Promise<void> {
  const expected = run(createEvm({ mode: 'tier0' }), code)
  for (const end = Date.now() + 30_000; !reached(); await sleep(5)) {
    expect(Date.now(), JSON.stringify(evm.tiers)).toBeLessThan(end)
    expect(run(evm, code)).toEqual(expected)
  }
}

describe('natural mode', () => {
  it('interprets at first, compiles what runs often in the background, then optimises it', async () => {
    const evm = createEvm({ thresholds: { gasPerByte: 200 } })
    const code = loop(50)
    await until(evm, code, () => evm.tiers.universal > 0)
    expect(evm.tiers.runs.tier0).toBeGreaterThan(0)
    await until(evm, code, () => evm.tiers.optimised + evm.tiers.denied > 0)
    await until(evm, code, () => evm.tiers.runs.tier1b + evm.tiers.denied > 0)
    expect(evm.tiers.waiting).toBe(0)
  })

  it('goes over to compiled code in the middle of one long transaction', async () => {
    const evm = createEvm()
    // So that the worker is up.
    await until(evm, loop(51), () => evm.tiers.compiled > 0)
    const before = evm.tiers.runs.tier1a
    expect(run(evm, loop(5_000_000))).toEqual(run(createEvm({ mode: 'compiled' }), loop(5_000_000)))
    expect(evm.tiers.runs.tier1a).toBeGreaterThan(before)
  })

  it('interprets at full speed what the compiler refuses, however hot', async () => {
    const evm = createEvm({ thresholds: { workPerByte: 64 } })
    // More blocks than the compiler takes.
    const code = Uint8Array.from([
      ...loop(40_000),
      ...new Uint8Array(18_000).map((_, i) => (i % 2 === 0 ? 0x5b : 0)),
    ])
    await until(evm, code, () => evm.tiers.denied > 0)
    expect(evm.tiers.deniedBecause).toEqual({ '1a: over budget': 1 })
    const before = evm.tiers.runs.tier0
    run(evm, code)
    // A turn has 512 KiB; while a profile is taken it has 65,536.
    expect(evm.tiers.runs.tier0 - before).toBeLessThan(4)
  })

  it('runs what the engine has compiled from the first run on in a kernel that meets it first', async () => {
    const evm = createEvm()
    const code = loop(53)
    await until(evm, code, () => evm.tiers.compiled > 0)
    // The kernel that knows the code is taken.
    using _first = evm.begin({ fork: 'cancun', chainId: 1n }, block, new MapState())
    const before = evm.tiers.runs
    run(evm, code)
    run(evm, loop(54))
    const { tier0, tier1a, tier1b } = evm.tiers.runs
    expect(tier1a + tier1b - before.tier1a - before.tier1b).toBe(1)
    expect(tier0 - before.tier0).toBe(1)
  })

  it('leaves code alone that runs a few times', async () => {
    const evm = createEvm()
    for (let i = 0; i < 5; i++) run(evm, loop(20))
    await sleep(50)
    expect(evm.tiers).toMatchObject({ compiled: 0, waiting: 0, runs: { tier0: 5 } })
  })
})

describe('compiled code on disk', () => {
  const directory = mkdtempSync(join(tmpdir(), 'code-cache-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  it('serves the next engine before it has compiled anything', async () => {
    const code = loop(52)
    const first = createEvm({ codeCache: { directory } })
    await until(first, code, () => first.tiers.compiled > 0)
    expect(first.tiers).toMatchObject({ cacheMisses: 1, cacheHits: 0 })
    expect(readdirSync(directory).filter((name) => name.endsWith('.code'))).toHaveLength(1)
    const second = createEvm({ codeCache: { directory } })
    await until(second, code, () => second.tiers.runs.tier1a + second.tiers.runs.tier1b > 0)
    expect(second.tiers).toMatchObject({ cacheHits: 1, generateMs: 0 })
  })
})

describe('synchronous modes', () => {
  for (const mode of ['compiled', 'optimised', 'profiled'] as const) {
    it(`${mode}: agrees with the interpreter from the first run on`, () => {
      const evm = createEvm({ mode })
      const code = loop(300)
      const expected = run(createEvm({ mode: 'tier0' }), code)
      for (let i = 0; i < 3; i++) expect(run(evm, code)).toEqual(expected)
      expect(evm.tiers.compiled).toBe(1)
      expect(evm.tiers.runs.tier0).toBeLessThanOrEqual(mode === 'profiled' ? 1 : 0)
    })
  }
})
