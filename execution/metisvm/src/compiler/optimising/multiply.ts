import { highProduct } from '../arithmetic.js'
import { emitShiftLeft } from '../shift.js'
import { op } from '../wasm/instructions.js'
import { type Limb, truncate, type Word } from '../word.js'
import { helper, type LowerContext } from './lowerContext.js'
import { bitLength, isConstantValue, type Value } from './value.js'
import { limbsFor } from './words.js'

/** MUL: no more products of limbs than the result's range needs. */
export function emitProduct(c: LowerContext, result: Value, a: Value, b: Value): Word {
  const { e } = c.out
  const power = powerOfTwo(a) ?? powerOfTwo(b)
  if (power !== undefined) return emitShiftLeft(e, c.words.of(powerOfTwo(a) === undefined ? a : b), power)
  const count = limbsFor(result.max)
  const [x, y] = [c.words.of(a), c.words.of(b)]
  if (count === 1) return [e.binary(op.i64Mul, x[0], y[0], (p, q) => p * q), 0n, 0n, 0n]
  const products = x.filter(isOpen).length * y.filter(isOpen).length
  if (!c.hot && products > 2) return helper(c, 'multiplyTop', result)
  return emitSchool(c, x, y, count)
}

/** Products with it take instructions. */
const isOpen = (limb: Limb): boolean => limb !== 0n && limb !== 1n

function powerOfTwo(v: Value): bigint | undefined {
  if (!isConstantValue(v) || v.max === 0n || (v.max & (v.max - 1n)) !== 0n) return undefined
  return BigInt(bitLength(v.max) - 1)
}

/** The lowest `count` limbs of a product, limb by limb, as on paper. */
export function emitSchool(c: LowerContext, x: Word, y: Word, count: number): Word {
  const { e } = c.out
  const result: Limb[] = [0n, 0n, 0n, 0n]
  const sum = (p: Limb, q: Limb): [total: Limb, carry: Limb] => {
    if (p === 0n) return [q, 0n]
    if (q === 0n) return [p, 0n]
    const total = e.binary(op.i64Add, p, q, (m, n) => m + n)
    if (typeof total === 'bigint') return [total, (p as bigint) + (q as bigint) === total ? 0n : 1n]
    e.push(total)
    e.push(q)
    c.out.body.emit(op.i64LtU, op.i64ExtendI32U)
    return [total, e.pop()]
  }
  const plus = (p: Limb, q: Limb): Limb =>
    p === 0n ? q : q === 0n ? p : e.binary(op.i64Add, p, q, (m, n) => truncate(m + n))
  for (let i = 0; i < count; i++) {
    if (x[i] === 0n) continue
    let carry: Limb = 0n
    for (let j = 0; i + j < count; j++) {
      const last = i + j === count - 1
      if (y[j] === 0n) {
        const [total, over] = sum(result[i + j]!, carry)
        result[i + j] = total
        carry = over
        continue
      }
      const low = e.binary(op.i64Mul, x[i]!, y[j]!, (p, q) => p * q)
      if (last) {
        result[i + j] = plus(plus(result[i + j]!, low), carry)
        break
      }
      const high = highProduct(e, x[i]!, y[j]!)
      const [first, over1] = sum(low, result[i + j]!)
      const [second, over2] = sum(first, carry)
      result[i + j] = second
      // The product's upper half is at most 2^64 - 2, and both carries together never too much for it.
      carry = plus(plus(high, over1), over2)
    }
  }
  return result as unknown as Word
}
