import type { Precompile } from '../../interface.js'
import { g1Size, g2Size } from '../mcl.js'
import { bls12381, g1WireSize, g2WireSize, isInSubgroupG1, isInSubgroupG2, readG1, readG2 } from './points.js'

const pairSize = g1WireSize + g2WireSize

/** 0x0f: is a product of pairings one (EIP-2537)? 37,700 gas + 32,600 a pair. */
export const blsPairing: Precompile = {
  name: 'blsPairing',
  gas: (input) => 37_700n + 32_600n * BigInt(Math.floor(input.length / pairSize)),
  run(input) {
    if (input.length === 0 || input.length % pairSize !== 0) return undefined
    const pairs = input.length / pairSize
    return bls12381.withScratch(pairs * (g1Size + g2Size), (g1s) => {
      const g2s = g1s + pairs * g1Size
      let used = 0
      for (let i = 0; i < pairs; i++) {
        const p = g1s + used * g1Size
        const q = g2s + used * g2Size
        if (!readG1(p, input, i * pairSize) || !isInSubgroupG1(p)) return undefined
        if (!readG2(q, input, i * pairSize + g1WireSize) || !isInSubgroupG2(q)) return undefined
        if (bls12381.c._mclBnG1_isZero(p) === 0 && bls12381.c._mclBnG2_isZero(q) === 0) used++
      }
      const output = new Uint8Array(32)
      output[31] = bls12381.pairingIsOne(g1s, g2s, used) ? 1 : 0
      return output
    })
  },
}
