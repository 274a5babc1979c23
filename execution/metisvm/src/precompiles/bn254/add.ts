import type { Precompile } from '../../interface.js'
import { g1Size } from '../mcl.js'
import { bn254, readPoint, writePoint } from './points.js'

/** 0x06: sum of two bn254 points (EIP-196). `gas`: 500, from Istanbul 150 (EIP-1108). */
export const bn254Add = (gas: bigint): Precompile => ({
  name: 'bn254Add',
  gas: () => gas,
  run: (input) =>
    bn254.withScratch(2 * g1Size, (p) => {
      const q = p + g1Size
      if (!readPoint(p, input, 0) || !readPoint(q, input, 64)) return undefined
      bn254.c._mclBnG1_add(p, p, q)
      return writePoint(p)
    }),
})
