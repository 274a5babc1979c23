import { isZero, windowOf } from '../bytes.js'
import { Mcl, mclCurves } from '../mcl.js'
import { isInSubgroup } from './subgroup.js'

export const bn254 = await Mcl.create(mclCurves.bn254)

/**
 * Reads a G1 point of EIP-196, x ‖ y with (0, 0) for infinity, zero-padded input. `false`: not on the curve (its
 * cofactor is 1, so that there is no subgroup to check).
 */
export function readPoint(result: number, input: Uint8Array, offset: number): boolean {
  const x = windowOf(input, offset, 32)
  const y = windowOf(input, offset + 32, 32)
  if (isZero(x) && isZero(y)) {
    bn254.c._mclBnG1_clear(result)
    return true
  }
  return bn254.readG1(result, x, y) && bn254.c._mclBnG1_isValid(result) === 1
}

/** Reads a G2 point of EIP-197 (imaginary parts first) and checks curve and subgroup. */
export function readTwistPoint(result: number, input: Uint8Array, offset: number): boolean {
  const [x1, x0, y1, y0] = [0, 32, 64, 96].map((i) => windowOf(input, offset + i, 32))
  if (isZero(windowOf(input, offset, 128))) {
    bn254.c._mclBnG2_clear(result)
    return true
  }
  return (
    bn254.readG2(result, x0!, x1!, y0!, y1!) &&
    bn254.c._mclBnG2_isValid(result) === 1 &&
    isInSubgroup(bn254, result)
  )
}

export function writePoint(point: number): Uint8Array {
  const output = new Uint8Array(64)
  const [x, y] = bn254.writeG1(point) ?? []
  if (x !== undefined && y !== undefined) {
    output.set(x)
    output.set(y, 32)
  }
  return output
}
