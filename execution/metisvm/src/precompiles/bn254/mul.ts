import type { Precompile } from '../../interface.js'
import { windowOf } from '../bytes.js'
import { frSize, g1Size } from '../mcl.js'
import { bn254, readPoint, writePoint } from './points.js'

/** 0x07: scalar multiple of a bn254 point (EIP-196). `gas`: 40,000, from Istanbul 6,000 (EIP-1108). */
export const bn254Mul = (gas: bigint): Precompile => ({
  name: 'bn254Mul',
  gas: () => gas,
  run: (input) =>
    bn254.withScratch(g1Size + frSize, (p) => {
      const scalar = p + g1Size
      if (!readPoint(p, input, 0)) return undefined
      bn254.readScalar(scalar, windowOf(input, 64, 32))
      bn254.c._mclBnG1_mul(p, p, scalar)
      return writePoint(p)
    }),
})
