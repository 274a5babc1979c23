import { bn254 as curve } from '@noble/curves/bn254.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBigInt } from '../bytes.js'
import { g2Size } from '../mcl.js'
import { bn254 } from './points.js'
import { isInSubgroup } from './subgroup.js'

const { Fp, Fp2 } = curve.fields
/** The twist's constant: y² = x³ + 3 / (9 + u). */
const b = Fp2.div({ c0: 3n, c1: 0n }, { c0: 9n, c1: 1n })

type Element = { c0: bigint; c1: bigint }

/** A point of the twist, which has some 2^254 times as many as the subgroup; `undefined` when x has none. */
function pointAt(x: Element): { x: Element; y: Element } | undefined {
  try {
    return { x, y: Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)) }
  } catch {
    return undefined
  }
}

function verdicts(x: Element, y: Element): { ours: boolean; theirs: boolean } {
  return bn254.withScratch(g2Size, (point) => {
    const bytes = [x.c0, x.c1, y.c0, y.c1].map((part) => fromBigInt(part, 32))
    expect(bn254.readG2(point, bytes[0]!, bytes[1]!, bytes[2]!, bytes[3]!)).toBe(true)
    expect(bn254.c._mclBnG2_isValid(point)).toBe(1)
    return { ours: isInSubgroup(bn254, point), theirs: bn254.c._mclBnG2_isValidOrder(point) === 1 }
  })
}

const element = fc.bigInt({ min: 0n, max: Fp.ORDER - 1n })

describe('the subgroup of G2 on bn254', () => {
  it('has the multiples of its generator', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: curve.fields.Fr.ORDER - 1n }), (scalar) => {
        const { x, y } = curve.G2.Point.BASE.multiply(scalar).toAffine()
        expect(verdicts(x, y)).toEqual({ ours: true, theirs: true })
      }),
      { numRuns: 15 },
    )
  })

  it('has no other point of the twist, as multiplying by its order says too', () => {
    let points = 0
    fc.assert(
      fc.property(element, element, (c0, c1) => {
        const point = pointAt({ c0, c1 })
        if (!point) return
        points++
        expect(verdicts(point.x, point.y)).toEqual({ ours: false, theirs: false })
      }),
      { numRuns: 40 },
    )
    expect(points).toBeGreaterThan(5)
  })

  it('does not have a point of small order, where the twist has one', () => {
    // The cofactor is 2p − r: what multiplying a point by r leaves has an order that divides it.
    const point = Array.from({ length: 20 }, (_, i) => pointAt({ c0: BigInt(i + 1), c1: 1n })).find(Boolean)
    bn254.withScratch(2 * g2Size, (at) => {
      const parts = [point!.x.c0, point!.x.c1, point!.y.c0, point!.y.c1].map((part) => fromBigInt(part, 32))
      bn254.readG2(at, parts[0]!, parts[1]!, parts[2]!, parts[3]!)
      const product = at + g2Size
      bn254.c._mclBnG2_clear(product)
      for (const bit of curve.fields.Fr.ORDER.toString(2)) {
        bn254.c._mclBnG2_dbl(product, product)
        if (bit === '1') bn254.c._mclBnG2_add(product, product, at)
      }
      expect(bn254.c._mclBnG2_isZero(product)).toBe(0)
      expect(isInSubgroup(bn254, product)).toBe(false)
      expect(bn254.c._mclBnG2_isValidOrder(product)).toBe(0)
    })
  })
})
