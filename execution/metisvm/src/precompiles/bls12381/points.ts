import { isZero } from '../bytes.js'
import { Mcl, mclCurves } from '../mcl.js'

export const bls12381 = await Mcl.create(mclCurves.bls12381)

/** Sizes on the wire (EIP-2537): field elements are 48 bytes, left-padded to 64. */
export const fieldSize = 64
export const g1WireSize = 2 * fieldSize
export const g2WireSize = 4 * fieldSize
export const scalarSize = 32
const padding = 16

/** The 48 significant bytes, `undefined` when the padding is not zero. */
function unpad(input: Uint8Array, offset: number): Uint8Array | undefined {
  if (!isZero(input.subarray(offset, offset + padding))) return undefined
  return input.subarray(offset + padding, offset + fieldSize)
}

/** `false` when the element is not padded rightly or not below the modulus. */
export function readFieldElement(result: number, input: Uint8Array, offset: number): boolean {
  const bytes = unpad(input, offset)
  return bytes !== undefined && bls12381.readField(result, bytes)
}

/** Reads a G1 point and checks that it is on the curve, not that it is in the subgroup. */
export function readG1(result: number, input: Uint8Array, offset: number): boolean {
  if (isZero(input.subarray(offset, offset + g1WireSize))) {
    bls12381.c._mclBnG1_clear(result)
    return true
  }
  const [x, y] = [0, 1].map((i) => unpad(input, offset + i * fieldSize))
  if (!x || !y) return false
  return bls12381.readG1(result, x, y) && bls12381.c._mclBnG1_isValid(result) === 1
}

/** Reads a G2 point and checks that it is on the curve, not that it is in the subgroup. */
export function readG2(result: number, input: Uint8Array, offset: number): boolean {
  if (isZero(input.subarray(offset, offset + g2WireSize))) {
    bls12381.c._mclBnG2_clear(result)
    return true
  }
  const [x0, x1, y0, y1] = [0, 1, 2, 3].map((i) => unpad(input, offset + i * fieldSize))
  if (!x0 || !x1 || !y0 || !y1) return false
  return bls12381.readG2(result, x0, x1, y0, y1) && bls12381.c._mclBnG2_isValid(result) === 1
}

export const isInSubgroupG1 = (point: number): boolean => bls12381.c._mclBnG1_isValidOrder(point) === 1

export const isInSubgroupG2 = (point: number): boolean => bls12381.c._mclBnG2_isValidOrder(point) === 1

function encode(coordinates: Uint8Array[] | undefined, size: number): Uint8Array {
  const output = new Uint8Array(size)
  coordinates?.forEach((coordinate, i) => {
    output.set(coordinate, i * fieldSize + padding)
  })
  return output
}

export const writeG1 = (point: number): Uint8Array => encode(bls12381.writeG1(point), g1WireSize)

export const writeG2 = (point: number): Uint8Array => encode(bls12381.writeG2(point), g2WireSize)
