import type { Precompile } from '../../interface.js'
import { g1Size, g2Size } from '../mcl.js'
import { bls12381, fieldSize, readFieldElement, writeG1, writeG2 } from './points.js'

const elementSize = 48

/** 0x10: maps a field element to G1 as RFC 9380 has it, cofactor cleared (EIP-2537). 5,500 gas. */
export const blsMapFpToG1: Precompile = {
  name: 'blsMapFpToG1',
  gas: () => 5500n,
  run(input) {
    if (input.length !== fieldSize) return undefined
    return bls12381.withScratch(g1Size + elementSize, (point) => {
      const element = point + g1Size
      if (!readFieldElement(element, input, 0)) return undefined
      return bls12381.c._mclBnFp_mapToG1(point, element) === 0 ? writeG1(point) : undefined
    })
  },
}

/** 0x11: maps an element of the quadratic extension to G2, cofactor cleared (EIP-2537). 23,800 gas. */
export const blsMapFp2ToG2: Precompile = {
  name: 'blsMapFp2ToG2',
  gas: () => 23_800n,
  run(input) {
    if (input.length !== 2 * fieldSize) return undefined
    return bls12381.withScratch(g2Size + 2 * elementSize, (point) => {
      const element = point + g2Size
      if (!readFieldElement(element, input, 0)) return undefined
      if (!readFieldElement(element + elementSize, input, fieldSize)) return undefined
      return bls12381.c._mclBnFp2_mapToG2(point, element) === 0 ? writeG2(point) : undefined
    })
  },
}
