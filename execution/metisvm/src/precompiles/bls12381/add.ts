import type { Precompile } from '../../interface.js'
import { g1Size, g2Size } from '../mcl.js'
import { bls12381, g1WireSize, g2WireSize, readG1, readG2, writeG1, writeG2 } from './points.js'

/** 0x0b: sum of two G1 points, subgroup not required (EIP-2537). 375 gas. */
export const blsG1Add: Precompile = {
  name: 'blsG1Add',
  gas: () => 375n,
  run(input) {
    if (input.length !== 2 * g1WireSize) return undefined
    return bls12381.withScratch(2 * g1Size, (p) => {
      const q = p + g1Size
      if (!readG1(p, input, 0) || !readG1(q, input, g1WireSize)) return undefined
      bls12381.c._mclBnG1_add(p, p, q)
      return writeG1(p)
    })
  },
}

/** 0x0d: sum of two G2 points, subgroup not required (EIP-2537). 600 gas. */
export const blsG2Add: Precompile = {
  name: 'blsG2Add',
  gas: () => 600n,
  run(input) {
    if (input.length !== 2 * g2WireSize) return undefined
    return bls12381.withScratch(2 * g2Size, (p) => {
      const q = p + g2Size
      if (!readG2(p, input, 0) || !readG2(q, input, g2WireSize)) return undefined
      bls12381.c._mclBnG2_add(p, p, q)
      return writeG2(p)
    })
  },
}
