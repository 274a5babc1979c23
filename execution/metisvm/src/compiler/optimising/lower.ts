import { emitAdd, emitBitwise, emitNot, emitSub } from '../arithmetic.js'
import { emitEqual, emitIsZero, pushLess } from '../compare.js'
import { emitShiftLeft, emitShiftRight, emitSignMask } from '../shift.js'
import { emitSignExtend } from '../signExtend.js'
import { op } from '../wasm/instructions.js'
import { constantWord, type Word } from '../word.js'
import { emitDivide, emitRemainder } from './divide.js'
import { emitDivideSigned } from './divideSigned.js'
import { helper, type LowerContext } from './lowerContext.js'
import { emitProduct } from './multiply.js'
import { isConstantValue, maxWord, type Value } from './value.js'
import { limbsFor } from './words.js'

/** Code for a pure result, from how it was made; as many limbs as its range needs. */
export function lower(c: LowerContext, result: Value): Word {
  const { opcode, operands } = result.made!
  const { e, body } = c.out
  const [a, b] = operands as [Value, Value]
  const x = c.words.of(a)
  const y = operands.length > 1 ? c.words.of(b) : x
  const count = limbsFor(result.max)
  switch (opcode) {
    case 0x01:
      return emitAdd(e, x, y, count)
    case 0x02:
      return emitProduct(c, result, a, b)
    case 0x03:
      return emitSub(e, x, y, count)
    case 0x04:
      return emitDivide(c, result, a, b)
    case 0x05:
      return emitDivideSigned(c, result, a, b)
    case 0x06:
      return emitRemainder(c, result, a, b)
    case 0x08:
      if (isPowerOfTwo(operands[2]!)) return addBits(c, x, y, operands[2]!.max - 1n)
      return reducesOnce(operands) ? addModulo(c, operands) : helper(c, 'addModuloTop', result)
    case 0x10:
      pushLess(e, x, y, op.i64LtU)
      return e.popBoolean()
    case 0x11:
      pushLess(e, y, x, op.i64LtU)
      return e.popBoolean()
    case 0x12:
      pushLess(e, x, y, op.i64LtS)
      return e.popBoolean()
    case 0x13:
      pushLess(e, y, x, op.i64LtS)
      return e.popBoolean()
    case 0x14:
      return emitEqual(e, x, y)
    case 0x15:
      if (a.max > 1n) return emitIsZero(e, x)
      // Of a truth value: V8 folds this into the comparison it came from.
      e.push(x[0])
      body.emit(op.i32WrapI64, op.i32Eqz)
      return e.popBoolean()
    case 0x16:
      return emitBitwise(e, 'and', x, y)
    case 0x17:
      return emitBitwise(e, 'or', x, y)
    case 0x18:
      return emitBitwise(e, 'xor', x, y)
    case 0x19:
      return emitNot(e, x)
    case 0x1a:
      if (isConstantValue(a)) return byteAt(c, Number(a.max), y)
      return helper(c, 'byteTop', result)
    case 0x1b:
      if (isConstantValue(a)) return emitShiftLeft(e, y, a.max)
      return helper(c, 'shiftLeftTop', result)
    case 0x1c:
      if (isConstantValue(a)) return emitShiftRight(e, y, a.max, 0n)
      return helper(c, 'shiftRightTop', result)
    case 0x1d:
      if (isConstantValue(a)) return emitShiftRight(e, y, a.max, emitSignMask(e, y))
      return helper(c, 'shiftRightSignedTop', result)
    case 0x0b:
      if (isConstantValue(a)) return emitSignExtend(e, y, a.max)
      return helper(c, 'signExtendTop', result)
    default:
      return helper(c, helpers[opcode as keyof typeof helpers], result)
  }
}

const helpers = {
  7: 'remainderSignedTop',
  8: 'addModuloTop',
  9: 'multiplyModuloTop',
  11: 'signExtendTop',
} as const

/** BYTE with a known index, 0 … 31 from the most significant one. */
function byteAt({ out: { e, body } }: LowerContext, index: number, word: Word): Word {
  const bit = (31 - index) * 8
  e.push(word[bit >> 6]!)
  body
    .i64(BigInt(bit & 63))
    .emit(op.i64ShrU)
    .i64(0xffn)
    .emit(op.i64And)
  return [e.pop(), 0n, 0n, 0n]
}

/** Modulo 2^n, what wraps around at 2^256 does not matter. */
const isPowerOfTwo = (modulus: Value): boolean =>
  isConstantValue(modulus) && (modulus.max & (modulus.max - 1n)) === 0n

/** The low bits of a sum. */
function addBits({ out: { e } }: LowerContext, x: Word, y: Word, mask: bigint): Word {
  const sum = emitAdd(e, x, y, limbsFor(mask))
  const kept = emitBitwise(e, 'and', sum, constantWord(mask))
  e.releaseWord(sum)
  return kept
}

/** Both summands are below the modulus, and their sum does not wrap around. */
function reducesOnce(operands: readonly Value[]): boolean {
  const [a, b, modulus] = operands as [Value, Value, Value]
  return a.max < modulus.min && b.max < modulus.min && a.max + b.max <= maxWord
}

/** ADDMOD: the sum, less the modulus when it reaches that. */
function addModulo({ out: { e, body }, words }: LowerContext, operands: readonly Value[]): Word {
  const [a, b, modulus] = operands.map((v) => words.of(v)) as [Word, Word, Word]
  const sum = emitAdd(e, a, b)
  const less = emitSub(e, sum, modulus)
  pushLess(e, sum, modulus, op.i64LtU)
  body.set(e.flag)
  return sum.map((limb, i) => {
    e.push(limb)
    e.push(less[i]!)
    body.get(e.flag).emit(op.select)
    return e.pop()
  }) as unknown as Word
}
