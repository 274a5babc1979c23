import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEvm } from '../evm.js'
import type { ExecutionResult } from '../interface.js'
import { Kernel } from '../kernel/kernel.js'
import { env, opcodeTable } from '../kernel/layout.js'
import { addressOf, block, MapState, message } from '../testing/fixture.js'
import { compile } from './compile.js'
import { readSchedule } from './schedule.js'

const interpreted = createEvm({ mode: 'tier0' })

function run(evm: typeof interpreted, code: Uint8Array, gas: bigint): ExecutionResult {
  const state = new MapState()
    .set(addressOf(0xaa), { nonce: 5n, balance: 10n ** 18n })
    .set(addressOf(0xc0), { nonce: 1n, balance: 1n, code })
  using session = evm.begin({ fork: 'osaka', chainId: 1n }, block, state)
  return session.transact(message({ gasLimit: 21_000n + gas, nonce: 5n, value: 0n }), { skipFees: true })
}

function osakaSchedule() {
  const kernel = new Kernel()
  kernel.view.setInt32(env.fork, 14, true)
  kernel.exports.begin()
  return readSchedule(kernel.view, opcodeTable)
}

/** Counts down from `n`, writing to memory; at the end it returns 64 bytes. */
const loop = (n: number): Uint8Array =>
  Uint8Array.of(
    ...[0x61, n >> 8, n & 0xff], // n
    ...[0x5b, 0x60, 0x01, 0x90, 0x03], // 3: n - 1
    ...[0x80, 0x80, 0x60, 0x1f, 0x16, 0x52], // mem[n & 31] = n
    ...[0x80, 0x60, 0x03, 0x57], // again while n > 0
    ...[0x60, 0x40, 0x60, 0x00, 0xf3],
  )

for (const mode of ['compiled', 'optimised', 'profiled'] as const)
  describe(`${mode} code`, () => {
    const compiled = createEvm({ mode })

    it('loops across returns to the driver as the interpreter does', () => {
      const [a, b] = [interpreted, compiled].map((evm) => run(evm, loop(60_000), 10_000_000n))
      expect(b).toEqual(a)
      expect(b!.status).toBe('success')
    })

    it('hashes one word and two as any other length', () => {
      const word = fc.uint8Array({ minLength: 32, maxLength: 32 })
      fc.assert(
        fc.property(word, word, fc.constantFrom(32, 64), (first, second, size) => {
          const code = Uint8Array.of(
            ...[0x7f, ...first, 0x5f, 0x52, 0x7f, ...second, 0x60, 0x20, 0x52],
            ...[0x60, size, 0x5f, 0x20, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3],
          )
          const hash = keccak_256(Uint8Array.of(...first, ...second).subarray(0, size))
          expect(run(compiled, code, 1_000n).output).toEqual(hash)
        }),
        { numRuns: 50 },
      )
    })

    it('runs out of gas at the same opcode, whatever the gas', () => {
      const code = loop(6)
      for (let gas = 0n; gas < 700n; gas++)
        expect(run(compiled, code, gas)).toEqual(run(interpreted, code, gas))
    })

    it('halts for the same reason on any bytes', () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ minLength: 1, maxLength: 200 }),
          fc.integer({ min: 0, max: 50_000 }),
          (code, gas) => {
            expect(run(compiled, code, BigInt(gas))).toEqual(run(interpreted, code, BigInt(gas)))
          },
        ),
        { numRuns: 400 },
      )
    })

    it('jumps to computed targets, and halts at those that are none', () => {
      for (const target of [0, 4, 5, 6, 7, 200, 0x10000]) {
        // CALLDATASIZE + target, so that the target is not known beforehand
        const code = Uint8Array.of(
          0x36,
          0x62,
          target >> 16,
          (target >> 8) & 255,
          target & 255,
          0x01,
          0x56,
          0x5b,
          0x00,
        )
        expect(run(compiled, code, 1_000n)).toEqual(run(interpreted, code, 1_000n))
      }
    })
  })

describe('code made to explode', () => {
  const schedule = osakaSchedule()
  const size = 24_576
  const repeat = (...pattern: number[]): Uint8Array =>
    Uint8Array.from({ length: size }, (_, i) => pattern[i % pattern.length]!)
  const bombs: Record<string, Uint8Array> = {
    'nothing but jump destinations': repeat(0x5b),
    'one long block of additions': repeat(0x36, 0x01),
    'swaps without end': repeat(0x9f),
    'duplicates without end': repeat(0x8f),
    'full words pushed': repeat(0x7f, ...Array<number>(32).fill(0xff)),
    'products of everything': repeat(0x80, 0x02),
    'memory at unknown places': repeat(0x36, 0x51),
    'a conditional jump at every other byte': repeat(0x36, 0x57),
    'jump tables of maximal size': repeat(0x5b, 0x36, 0x56),
    'calls one after the other': repeat(0xf1),
    'random bytes': Uint8Array.from({ length: size }, (_, i) => (Math.imul(i + 1, 0x9e3779b1) >>> 13) & 255),
  }

  for (const [name, code] of Object.entries(bombs)) {
    it(`${name}: refused, or valid and of bounded size`, () => {
      const result = compile(code, schedule)
      if (result === undefined) return
      expect(WebAssembly.validate(result.wasm as BufferSource)).toBe(true)
      expect(result.wasm.length).toBeLessThan(220 * code.length)
      expect(result.blocks).toBeLessThanOrEqual(8_192)
    })
  }
})
