import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChainConfig } from '../config/config.js'
import { ethereumMainnet } from '../config/ethereum.js'
import type { Header } from '../types/block.js'
import { effectiveGasPrice, nextBaseFee } from './baseFee.js'
import { blobBaseFee, blobParameters, fakeExponential, gasPerBlob, nextExcessBlobGas } from './blobFee.js'

const header = (fields: Partial<Header>) => fields as Header
const l2: ChainConfig = { ...ethereumMainnet, feeMarket: { elasticity: 6n, denominator: 250n } }

describe('base fee', () => {
  /** From go-ethereum's consensus/misc/eip1559 tests. */
  it.each([
    [1_000_000_000n, 20_000_000n, 10_000_000n, 1_000_000_000n],
    [1_000_000_000n, 20_000_000n, 9_000_000n, 987_500_000n],
    [1_000_000_000n, 20_000_000n, 11_000_000n, 1_012_500_000n],
  ])('follows %d at limit %d and use %d with %d', (baseFeePerGas, gasLimit, gasUsed, expected) => {
    expect(nextBaseFee(ethereumMainnet, header({ baseFeePerGas, gasLimit, gasUsed }))).toBe(expected)
  })

  const parent = fc.record({
    baseFeePerGas: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    gasLimit: fc.bigInt({ min: 5_000n, max: 10n ** 9n }),
    used: fc.nat({ max: 1000 }),
  })

  it('moves by at most one part in the denominator, times the excess over the target', () => {
    fc.assert(
      fc.property(
        parent,
        fc.constantFrom(ethereumMainnet, l2),
        ({ baseFeePerGas, gasLimit, used }, config) => {
          const gasUsed = (gasLimit * BigInt(used)) / 1000n
          const next = nextBaseFee(config, header({ baseFeePerGas, gasLimit, gasUsed }))
          const { elasticity, denominator } = config.feeMarket
          const target = gasLimit / elasticity
          const most = baseFeePerGas + (baseFeePerGas * (gasLimit - target)) / target / denominator + 1n
          expect(next).toBeLessThanOrEqual(most)
          expect(next).toBeGreaterThanOrEqual(baseFeePerGas - baseFeePerGas / denominator)
          if (gasUsed > target) expect(next).toBeGreaterThan(baseFeePerGas)
          if (gasUsed < target) expect(next).toBeLessThanOrEqual(baseFeePerGas)
        },
      ),
    )
  })

  it("never falls below the chain's minimum", () => {
    const config = { ...l2, feeMarket: { ...l2.feeMarket, minimumBaseFee: 100n } }
    expect(nextBaseFee(config, header({ baseFeePerGas: 100n, gasLimit: 30_000_000n, gasUsed: 0n }))).toBe(
      100n,
    )
  })

  it('is what a transaction pays, with the tip, up to its cap', () => {
    const fees = { maxFeePerGas: 100n, maxPriorityFeePerGas: 10n }
    expect(effectiveGasPrice(fees, 50n)).toBe(60n)
    expect(effectiveGasPrice(fees, 95n)).toBe(100n)
    expect(effectiveGasPrice({ gasPrice: 77n }, 50n)).toBe(77n)
    expect(effectiveGasPrice({ mint: 1n }, 50n)).toBe(0n)
  })
})

describe('blob fee', () => {
  /** From EIP-4844's reference tests. */
  it.each([
    [1n, 0n, 1n, 1n],
    [38_493n, 0n, 1_000n, 38_493n],
    [0n, 1_234n, 2_345n, 0n],
    [1n, 2n, 1n, 6n],
    [1n, 4n, 2n, 6n],
    [1n, 3n, 1n, 16n],
    [1n, 6n, 2n, 18n],
    [1n, 4n, 1n, 49n],
    [1n, 8n, 2n, 50n],
    [10n, 8n, 2n, 542n],
    [11n, 8n, 2n, 596n],
    [1n, 5n, 1n, 136n],
    [1n, 5n, 2n, 11n],
    [2n, 5n, 2n, 23n],
    [1n, 50_000_000n, 2_225_652n, 5_709_098_764n],
  ])('fakeExponential(%d, %d, %d) = %d', (factor, numerator, denominator, expected) => {
    expect(fakeExponential(factor, numerator, denominator)).toBe(expected)
  })

  it('takes the parameters in force: by fork, or by the schedule of the chain', () => {
    const { blobSchedule: _, ...plain } = ethereumMainnet
    expect(blobParameters(plain, 'shanghai', 0n)).toBeUndefined()
    expect(blobParameters(plain, 'cancun', 0n)?.max).toBe(6n)
    expect(blobParameters(plain, 'osaka', 0n)?.max).toBe(9n)
    expect(blobParameters(ethereumMainnet, 'osaka', 1_767_747_671n)?.max).toBe(21n)
  })

  it('keeps the excess above the target, and does not let blobs become cheaper than their execution (EIP-7918)', () => {
    const { blobSchedule: _, ...plain } = ethereumMainnet
    const prague = blobParameters(plain, 'prague', 0n)!
    const full = header({ excessBlobGas: 0n, blobGasUsed: 9n * gasPerBlob, baseFeePerGas: 10n ** 9n })
    expect(nextExcessBlobGas('prague', prague, full)).toBe(3n * gasPerBlob)
    expect(nextExcessBlobGas('osaka', prague, full)).toBe(3n * gasPerBlob)
    const atTarget = header({ excessBlobGas: 0n, blobGasUsed: 6n * gasPerBlob, baseFeePerGas: 10n ** 9n })
    expect(nextExcessBlobGas('prague', prague, atTarget)).toBe(0n)
    expect(nextExcessBlobGas('osaka', prague, atTarget)).toBe(2n * gasPerBlob)
    expect(blobBaseFee(0n, prague)).toBe(1n)
  })
})
