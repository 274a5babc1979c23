import { emitSignMask } from '../shift.js'
import { op, type } from '../wasm/instructions.js'
import type { Limb, Word } from '../word.js'
import { helper, type LowerContext } from './lowerContext.js'
import { isConstantValue, maxWord, type Value } from './value.js'

const half = 1n << 255n

/**
 * SDIV. Fixed-point numbers are small beside 2^255: magnitudes of up to 127 bits by 32, and of 64 bits each, are divided here, when the
 * quotient has one limb; what else comes is divided in the kernel.
 */
export function emitDivideSigned(c: LowerContext, result: Value, a: Value, b: Value): Word {
  if (!c.hot || (isConstantValue(b) && !isShort(b.max))) return helper(c, 'divideSignedTop', result)
  const { e, body } = c.out
  const [x, y] = [c.words.of(a), c.words.of(b)]
  const [signX, signY] = [emitSignMask(e, x), emitSignMask(e, y)]
  const flip = (limb: Limb, sign: Limb): Limb => e.binary(op.i64Xor, limb, sign, (p, q) => p ^ q)
  const less = (p: Limb, q: Limb): Limb => e.binary(op.i64Sub, p, q, (m, n) => m - n)
  const dividend = less(flip(x[0], signX), signX)
  const divisor = less(flip(y[0], signY), signY)
  const second = flip(x[1], signX)
  // The magnitude's second limb takes a carry when the first one is zero.
  e.push(dividend)
  body.emit(op.i64Eqz, op.i64ExtendI32U)
  e.push(signX)
  body.emit(op.i64And)
  e.push(second)
  body.emit(op.i64Add)
  const high = e.pop()
  e.push(second)
  body.i64(63n).emit(op.i64ShrU)
  const excess: Limb[] = [e.pop(), flip(x[2], signX), flip(x[3], signX)]
  for (const limb of y.slice(1)) excess.push(flip(limb, signY))
  const result4 = [e.fresh(), e.fresh(), e.fresh(), e.fresh()] as const

  e.pushOr(excess)
  body.emit(op.i64Eqz)
  body.get(high)
  e.push(divisor)
  body.emit(op.i64LtU, op.i32And)
  if (!isConstantValue(b)) {
    e.push(divisor)
    body.i64(32n).emit(op.i64ShrU, op.i64Eqz).get(high).emit(op.i64Eqz, op.i32Or, op.i32And)
  }
  body.if()
  body.get(high).emit(op.i64Eqz).if(type.i64)
  e.push(dividend)
  e.push(divisor)
  body.emit(op.i64DivU).else()
  pushQuotient(c, high, dividend, divisor)
  body.end()
  const quotient = e.pop()
  const sign = flip(signX, signY)
  body.get(quotient)
  e.push(sign)
  body.emit(op.i64Xor)
  e.push(sign)
  body.emit(op.i64Sub).set(result4[0])
  // Zero has no sign.
  e.push(sign)
  body.i64(0n).get(quotient).i64(0n).emit(op.i64Ne, op.select).tee(result4[1]).tee(result4[2]).set(result4[3])
  body.else()
  for (const [i, limb] of helper(c, 'divideSignedTop', result).entries()) {
    e.push(limb)
    body.set(result4[i]!)
  }
  body.end()
  return result4
}

/** Not zero, and with a magnitude of up to 32 bits. */
function isShort(value: bigint): boolean {
  const magnitude = value < half ? value : maxWord + 1n - value
  return magnitude > 0n && magnitude >> 32n === 0n
}

/** high * 2^64 + low by a divisor of 32 bits that is more than `high`: in two digits, each of a dividend of 64 bits. */
function pushQuotient({ out: { e, body } }: LowerContext, high: Limb, low: Limb, divisor: Limb): void {
  e.push(high)
  body.i64(32n).emit(op.i64Shl)
  e.push(low)
  body.i64(32n).emit(op.i64ShrU, op.i64Or)
  const part = e.pop()
  body.get(part)
  e.push(divisor)
  body.emit(op.i64DivU)
  const digit = e.pop()
  body.get(digit).i64(32n).emit(op.i64Shl)
  body.get(part).get(digit)
  e.push(divisor)
  body.emit(op.i64Mul, op.i64Sub).i64(32n).emit(op.i64Shl)
  e.push(low)
  body.i64(0xffff_ffffn).emit(op.i64And, op.i64Or)
  e.push(divisor)
  body.emit(op.i64DivU, op.i64Or)
}
