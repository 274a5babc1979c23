import { emitBitwise } from '../arithmetic.js'
import { emitShiftRight } from '../shift.js'
import { op } from '../wasm/instructions.js'
import { constantWord, type Limb, type Word } from '../word.js'
import { helper, type LowerContext } from './lower.js'
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

/** Long division in base 2^32: each step divides a remainder and the next digit, which together fit 64 bits. */
function byDigit(
  { out: { e, body }, words }: LowerContext,
  a: Value,
  b: Value,
): { quotient: Word; remainder: Word } {
  const [word, divisor] = [words.of(a), words.of(b)[0]]
  const count = limbsFor(a.max)
  const quotient: Limb[] = [0n, 0n, 0n, 0n]
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
  for (let i = count - 1; i >= 0; i--) {
    e.push(word[i]!)
    body.i64(32n).emit(op.i64ShrU)
    if (remainder !== 0n) {
      pushShifted(remainder)
      body.emit(op.i64Or)
    }
    const high = digit()
    pushShifted(remainder)
    e.push(word[i]!)
    body.i64(0xffff_ffffn).emit(op.i64And, op.i64Or)
    const low = digit()
    pushShifted(high)
    e.push(low)
    body.emit(op.i64Or)
    quotient[i] = e.pop()
  }
  return { quotient: quotient as unknown as Word, remainder: [remainder, 0n, 0n, 0n] }
}
