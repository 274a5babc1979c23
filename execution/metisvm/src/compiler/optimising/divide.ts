import { emitAdd, emitBitwise } from '../arithmetic.js'
import { emitShiftRight } from '../shift.js'
import { op } from '../wasm/instructions.js'
import { constantWord, type Limb, type Word } from '../word.js'
import { helper, type LowerContext } from './lower.js'
import { emitSchool } from './multiply.js'
import { bitLength, isConstantValue, type Value } from './value.js'
import { limbsFor } from './words.js'

/** DIV: of narrow words directly, by up to 32 bits digit by digit, else in the kernel. */
export function emitDivide(c: LowerContext, result: Value, a: Value, b: Value): Word {
  if (isPowerOfTwo(b)) return emitShiftRight(c.out.e, c.words.of(a), BigInt(bitLength(b.max) - 1), 0n)
  if (limbsFor(a.max) === 1 && limbsFor(b.max) === 1) return narrow(c, op.i64DivU, a, b)
  if (isDigit(b)) return byDigit(c, a, b).quotient
  return helper(c, 'divideTop', result)
}

/** MOD: as {@link emitDivide}. */
export function emitRemainder(c: LowerContext, result: Value, a: Value, b: Value): Word {
  if (isPowerOfTwo(b)) return emitBitwise(c.out.e, 'and', c.words.of(a), constantWord(b.max - 1n))
  if (limbsFor(a.max) === 1 && limbsFor(b.max) === 1) return narrow(c, op.i64RemU, a, b)
  if (isDigit(b)) return byDigit(c, a, b).remainder
  return helper(c, 'remainderTop', result)
}

const isPowerOfTwo = (v: Value): boolean => isConstantValue(v) && v.max > 0n && (v.max & (v.max - 1n)) === 0n

const isDigit = (v: Value): boolean => v.min > 0n && v.max >> 32n === 0n

function narrow({ out: { e, body }, words }: LowerContext, instruction: number, a: Value, b: Value): Word {
  const [x, y] = [words.of(a)[0], words.of(b)[0]]
  e.push(x)
  e.push(y)
  if (b.min > 0n) {
    body.emit(instruction)
    return [e.pop(), 0n, 0n, 0n]
  }
  // Division by zero gives zero; WebAssembly would trap.
  e.push(y)
  body.emit(op.i64Eqz, op.i64ExtendI32U, op.i64Or, instruction)
  e.push(y)
  body.emit(op.i64Eqz, op.i64ExtendI32U).i64(1n).emit(op.i64Sub, op.i64And)
  return [e.pop(), 0n, 0n, 0n]
}

/** A quotient's limbs and the remainder. */
type Division = { quotient: Word; remainder: Word }

/** Long division in base 2^32: each step divides a remainder and the next digit, which together fit 64 bits. */
function byDigit(c: LowerContext, a: Value, b: Value): Division {
  const [word, divisor] = [c.words.of(a), c.words.of(b)[0]]
  if (c.hot && limbsFor(a.max) === 4) return inTwoHalves(c, word, divisor)
  const { quotient, remainder } = long(c, word.slice(0, limbsFor(a.max)), divisor, 0n)
  const limbs = [0, 1, 2, 3].map((i) => quotient[i] ?? 0n) as unknown as Word
  return { quotient: limbs, remainder: [remainder, 0n, 0n, 0n] }
}

/** Divides limbs, lowest first, with what is left of those above them. */
function long(c: LowerContext, limbs: readonly Limb[], divisor: Limb, above: Limb) {
  const { e, body } = c.out
  const quotient: Limb[] = []
  let remainder = above
  /** The next digit of the quotient, for the dividend on the stack. */
  const digit = (): Limb => {
    const dividend = e.pop()
    body.get(dividend)
    e.push(divisor)
    body.emit(op.i64DivU)
    const q = e.pop()
    body.get(dividend).get(q)
    e.push(divisor)
    body.emit(op.i64Mul, op.i64Sub)
    remainder = e.pop()
    return q
  }
  const pushShifted = (limb: Limb): void => {
    e.push(limb)
    body.i64(32n).emit(op.i64Shl)
  }
  for (const limb of limbs.toReversed()) {
    e.push(limb)
    body.i64(32n).emit(op.i64ShrU)
    if (remainder !== 0n) {
      pushShifted(remainder)
      body.emit(op.i64Or)
    }
    const high = digit()
    pushShifted(remainder)
    e.push(limb)
    body.i64(0xffff_ffffn).emit(op.i64And, op.i64Or)
    const low = digit()
    pushShifted(high)
    e.push(low)
    body.emit(op.i64Or)
    quotient.unshift(e.pop())
  }
  return { quotient, remainder }
}

/**
 * A division step has to wait for the one before. So both halves of the word and 2^128 are divided at the same time, and the upper half's
 * remainder r is brought in afterwards: r * 2^128 + low = (r * q + l) * d + (r * f + m), where 2^128 = q * d + f, low = l * d + m.
 */
function inTwoHalves(c: LowerContext, word: Word, divisor: Limb): Division {
  const { e, body } = c.out
  const high = long(c, word.slice(2), divisor, 0n)
  const low = long(c, word.slice(0, 2), divisor, 0n)
  const power = long(c, [0n, 0n], divisor, 1n)
  // r * f + m is less than d * d.
  e.push(high.remainder)
  e.push(power.remainder)
  body.emit(op.i64Mul)
  e.push(low.remainder)
  body.emit(op.i64Add)
  const rest = e.pop()
  body.get(rest)
  e.push(divisor)
  body.emit(op.i64DivU)
  const carry = e.pop()
  body.get(rest).get(carry)
  e.push(divisor)
  body.emit(op.i64Mul, op.i64Sub)
  const remainder = e.pop()
  const r: Word = [high.remainder, 0n, 0n, 0n]
  const [q0, q1] = power.quotient as [Limb, Limb]
  const product = emitSchool(c, r, [q0, q1, 0n, 0n], 2)
  const corrected = emitAdd(e, product, [carry, 0n, 0n, 0n], 2)
  const [l0, l1] = low.quotient as [Limb, Limb]
  const [lower0, lower1] = emitAdd(e, corrected, [l0, l1, 0n, 0n], 2)
  const [h0, h1] = high.quotient as [Limb, Limb]
  return { quotient: [lower0, lower1, h0, h1], remainder: [remainder, 0n, 0n, 0n] }
}
