import type { Precompile } from '../../interface.js'
import { g1Size, g2Size } from '../mcl.js'
import { bn254, readPoint, readTwistPoint } from './points.js'

const pairSize = 192

/**
 * 0x08: is a product of bn254 pairings one (EIP-197)? `gas`: 100,000 + 80,000 a pair, from Istanbul 45,000 + 34,000
 * (EIP-1108).
 */
export const bn254Pairing = (gas: { base: bigint; pair: bigint }): Precompile => ({
  name: 'bn254Pairing',
  gas: (input) => gas.base + gas.pair * BigInt(Math.floor(input.length / pairSize)),
  run(input) {
    if (input.length % pairSize !== 0) return undefined
    const pairs = input.length / pairSize
    return bn254.withScratch(pairs * (g1Size + g2Size), (g1s) => {
      const g2s = g1s + pairs * g1Size
      let used = 0
      for (let i = 0; i < pairs; i++) {
        const p = g1s + used * g1Size
        const q = g2s + used * g2Size
        if (!readPoint(p, input, i * pairSize) || !readTwistPoint(q, input, i * pairSize + 64))
          return undefined
        if (bn254.c._mclBnG1_isZero(p) === 0 && bn254.c._mclBnG2_isZero(q) === 0) used++
      }
      const output = new Uint8Array(32)
      output[31] = bn254.pairingIsOne(g1s, g2s, used) ? 1 : 0
      return output
    })
  },
})
