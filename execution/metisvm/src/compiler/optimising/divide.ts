import { emitAdd, emitBitwise } from '../arithmetic.js'
import { emitShiftRight } from '../shift.js'
import { op } from '../wasm/instructions.js'
import { constantWord, type Limb, type Word } from '../word.js'
import { helper, type LowerContext } from './lowerContext.js'
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
  const { quotient, remainder } = long(c, word.slice(0, limbsFor(a.max)), divisor)
  const limbs = [0, 1, 2, 3].map((i) => quotient[i] ?? 0n) as unknown as Word
  return { quotient: limbs, remainder: [remainder, 0n, 0n, 0n] }
}

/** Divides limbs, lowest first, digit by digit. */
function long(c: LowerContext, limbs: readonly Limb[], divisor: Limb): { quotient: Limb[]; remainder: Limb } {
  const { e, body } = c.out
  const quotient: Limb[] = []
  let remainder: Limb = 0n
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
 * The same by a divisor of 32 bits d, with few divisions that wait for each other. With 2^64 = i * d + f, two limbs a * 2^64 + b, where
 * a = x * d + m and b = y * d + n, are (x * 2^64 + m * i + y) * d + (m * f + n), and m * f + n fits 64 bits: one more division.
 * Both halves of the word are divided so, and 2^128; then the upper half's remainder is brought in, in the same way.
 */
function inTwoHalves(c: LowerContext, word: Word, divisor: Limb): Division {
  const { e } = c.out
  const times = (a: Limb, b: Limb): Limb => e.binary(op.i64Mul, a, b, (x, y) => x * y)
  const plus = (a: Limb, b: Limb): Limb => e.binary(op.i64Add, a, b, (x, y) => x + y)
  const divided = (a: Limb): [quotient: Limb, remainder: Limb] => {
    e.push(a)
    e.push(divisor)
    c.out.body.emit(op.i64DivU)
    const quotient = e.pop()
    return [quotient, e.binary(op.i64Sub, a, times(quotient, divisor), (x, y) => x - y)]
  }
  const [inverse, rest] = divided(0xffff_ffff_ffff_ffffn)
  const excess = plus(rest, 1n)
  const pair = (b: Limb, a: Limb): [quotient: Limb[], remainder: Limb] => {
    const [[x, m], [y, n]] = [divided(a), divided(b)]
    const [carry, remainder] = divided(plus(times(m, excess), n))
    return [[plus(plus(times(m, inverse), y), carry), x], remainder]
  }
  const [[h0, h1], r] = pair(word[2], word[3])
  const [[l0, l1], m] = pair(word[0], word[1])
  // 2^128 = (i * 2^64 + f * i) * d + f * f
  const [more, square] = divided(times(excess, excess))
  const two = (p: Limb, q: Limb): Word => [p, q, 0n, 0n]
  const cross = emitAdd(e, emitSchool(c, two(inverse, 0n), two(excess, 0n), 2), two(more, inverse), 2)
  const [carry, remainder] = divided(plus(times(r, square), m))
  const product = emitSchool(c, two(r, 0n), two(cross[0], cross[1]), 2)
  const low = emitAdd(e, emitAdd(e, product, two(l0!, l1!), 2), two(carry, 0n), 2)
  return { quotient: [low[0], low[1], h0!, h1!], remainder: two(remainder, 0n) }
}
