import type { Precompile } from '../../interface.js'
import { frSize, g1Size, g2Size } from '../mcl.js'
import { g1Discounts, g2Discounts } from './discounts.js'
import {
  bls12381,
  g1WireSize,
  g2WireSize,
  isInSubgroupG1,
  isInSubgroupG2,
  readG1,
  readG2,
  scalarSize,
  writeG1,
  writeG2,
} from './points.js'

function gasOf(inputLength: number, itemSize: number, single: bigint, discounts: readonly number[]): bigint {
  const count = Math.floor(inputLength / itemSize)
  if (count === 0) return 0n
  const discount = discounts[Math.min(count, discounts.length) - 1]!
  return (BigInt(count) * single * BigInt(discount)) / 1000n
}

const g1Item = g1WireSize + scalarSize
const g2Item = g2WireSize + scalarSize

/** 0x0c: sum of scalar multiples of G1 points, each in the subgroup (EIP-2537). 12,000 gas each, less a discount. */
export const blsG1Msm: Precompile = {
  name: 'blsG1Msm',
  gas: (input) => gasOf(input.length, g1Item, 12_000n, g1Discounts),
  run(input) {
    if (input.length === 0 || input.length % g1Item !== 0) return undefined
    const count = input.length / g1Item
    return bls12381.withScratch(count * (g1Size + frSize) + g1Size, (points) => {
      const scalars = points + count * g1Size
      const sum = scalars + count * frSize
      for (let i = 0; i < count; i++) {
        const point = points + i * g1Size
        if (!readG1(point, input, i * g1Item) || !isInSubgroupG1(point)) return undefined
        const offset = i * g1Item + g1WireSize
        bls12381.readScalar(scalars + i * frSize, input.subarray(offset, offset + scalarSize))
      }
      bls12381.c._mclBnG1_mulVec(sum, points, scalars, count)
      return writeG1(sum)
    })
  },
}

/** 0x0e: sum of scalar multiples of G2 points, each in the subgroup (EIP-2537). 22,500 gas each, less a discount. */
export const blsG2Msm: Precompile = {
  name: 'blsG2Msm',
  gas: (input) => gasOf(input.length, g2Item, 22_500n, g2Discounts),
  run(input) {
    if (input.length === 0 || input.length % g2Item !== 0) return undefined
    const count = input.length / g2Item
    return bls12381.withScratch(count * (g2Size + frSize) + g2Size, (points) => {
      const scalars = points + count * g2Size
      const sum = scalars + count * frSize
      for (let i = 0; i < count; i++) {
        const point = points + i * g2Size
        if (!readG2(point, input, i * g2Item) || !isInSubgroupG2(point)) return undefined
        const offset = i * g2Item + g2WireSize
        bls12381.readScalar(scalars + i * frSize, input.subarray(offset, offset + scalarSize))
      }
      bls12381.c._mclBnG2_mulVec(sum, points, scalars, count)
      return writeG2(sum)
    })
  },
}
