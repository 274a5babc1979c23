import { fromBigInt } from '../bytes.js'
import { fpSize, g2Size, type Mcl } from '../mcl.js'

const fp2Size = 2 * fpSize

/** The number x from which this Barreto-Naehrig curve is made. */
const x = 4965661367192848881n

/** (9 + u)^((p − 1) / 3) and (9 + u)^((p − 1) / 2), real parts first. */
const twistX = [
  21575463638280843010398324269430826099269044274347216827212613867836435027261n,
  10307601595873709700152284273816112264069230130616436755625194854815875713954n,
] as const
const twistY = [
  2821565182194536844548159561693502659359617185244120367078079554186484126554n,
  3505843767911556378687030309984248845540243509899259641013678093033130930403n,
] as const

/** Digits of x in non-adjacent form, the highest first: −1, 0 or 1, and few that are not 0. */
function digitsOf(value: bigint): number[] {
  const digits: number[] = []
  for (let rest = value; rest > 0n; rest >>= 1n) {
    const digit = rest & 1n ? 2 - Number(rest & 3n) : 0
    digits.push(digit)
    rest -= BigInt(digit)
  }
  return digits.reverse()
}

const digits = digitsOf(x)

/** mcl's memory that stays: constants, and room for four points. */
type Place = { twistX: number; twistY: number; points: number }

const places = new WeakMap<Mcl, Place>()

function placeOf(mcl: Mcl): Place {
  const known = places.get(mcl)
  if (known) return known
  const start = mcl.c._malloc(2 * fp2Size + 4 * g2Size)
  for (const [i, part] of [...twistX, ...twistY].entries()) {
    if (!mcl.readField(start + i * fpSize, fromBigInt(part, 32)))
      throw new Error('constant is no field element')
  }
  const place = { twistX: start, twistY: start + fp2Size, points: start + 2 * fp2Size }
  places.set(mcl, place)
  return place
}

/**
 * Whether a point of the twist is in the group of the curve's order r, by the endomorphism ψ (untwist, Frobenius, twist):
 * [r]Q = 0 exactly if [x + 1]Q + ψ([x]Q) + ψ²([x]Q) = ψ³([2x]Q) (Dai, Lin, Zhao and Zhou, "Fast subgroup membership testings for G1,
 * G2 and GT on pairing-friendly curves", eprint 2022/348). x has a quarter of r's bits.
 */
export function isInSubgroup(mcl: Mcl, point: number): boolean {
  const { c } = mcl
  const place = placeOf(mcl)
  const multiple = place.points
  const sum = multiple + g2Size
  const image = sum + g2Size
  multiplyByX(mcl, multiple, point)
  c._mclBnG2_add(sum, multiple, point)
  apply(mcl, place, image, multiple)
  c._mclBnG2_add(sum, sum, image)
  apply(mcl, place, image, image)
  c._mclBnG2_add(sum, sum, image)
  apply(mcl, place, image, image)
  c._mclBnG2_dbl(image, image)
  c._mclBnG2_sub(sum, sum, image)
  return c._mclBnG2_isZero(sum) === 1
}

/** mcl's own product takes for granted what is to be found out here. */
function multiplyByX({ c }: Mcl, result: number, point: number): void {
  c._mclBnG2_clear(result)
  for (const digit of digits) {
    c._mclBnG2_dbl(result, result)
    if (digit > 0) c._mclBnG2_add(result, result, point)
    else if (digit < 0) c._mclBnG2_sub(result, result, point)
  }
}

/** ψ: the coordinates' conjugates, times constants. Points are as X/Z² and Y/Z³. */
function apply({ c }: Mcl, { twistX, twistY }: Place, result: number, point: number): void {
  const bytes = new Uint8Array(c.wasmMemory.buffer)
  bytes.copyWithin(result, point, point + g2Size)
  for (let i = 0; i < 3; i++) {
    const imaginary = result + i * fp2Size + fpSize
    c._mclBnFp_neg(imaginary, imaginary)
  }
  c._mclBnFp2_mul(result, result, twistX)
  c._mclBnFp2_mul(result + fp2Size, result + fp2Size, twistY)
}
