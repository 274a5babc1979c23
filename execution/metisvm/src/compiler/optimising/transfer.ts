import { foldBinary, foldTernary, foldUnary } from './fold.js'
import { knownRange } from './origins.js'
import {
  constant,
  isConstantValue,
  least,
  type Made,
  maxWord,
  most,
  one,
  ones,
  same,
  type Value,
  zero,
} from './value.js'

const half = 1n << 255n

/** Makes values with the id of the instruction that is being looked at. */
export type Maker = (min: bigint, max: bigint, wide: boolean, made?: Made) => Value

/**
 * The result of an opcode on operands (top of the stack first): a constant, one of the operands, or a new value with what is known of
 * it. This is the compiler's only account of what arithmetic means for ranges; code is generated to agree with it.
 */
export function transfer(opcode: number, operands: readonly Value[], make: Maker): Value {
  const folded = fold(opcode, operands)
  if (folded !== undefined) return folded
  const [a, b, c] = operands as [Value, Value, Value]
  const wide = a.wide || (operands.length > 1 && b.wide) || (operands.length > 2 && c.wide)
  switch (opcode) {
    case 0x01:
      return add(a, b, make)
    case 0x03:
      return subtract(a, b, make, operands)
    case 0x02: {
      if (isZero(a) || isZero(b)) return zero
      if (isOne(a)) return b
      if (isOne(b)) return a
      const max = a.max * b.max
      return max <= maxWord
        ? make(a.min * b.min, max, wide, madeBy(opcode, operands, true))
        : anything(opcode, operands, wide, make)
    }
    case 0x04:
      return divide(a, b, make, madeBy(opcode, operands))
    case 0x05:
      return a.max < half && b.max < half
        ? divide(a, b, make, madeBy(0x04, operands))
        : anything(opcode, operands, wide, make)
    case 0x06:
      return remainder(a, b, make, madeBy(opcode, operands))
    case 0x07:
      return a.max < half && b.max < half
        ? remainder(a, b, make, madeBy(0x06, operands))
        : anything(opcode, operands, wide, make)
    case 0x08:
    case 0x09:
      return c.max === 0n ? zero : make(0n, c.max - 1n, c.wide, madeBy(opcode, operands))
    case 0x0b:
      // Positive at the narrowest width that it can be extended from.
      return a.min > 30n || b.max < 1n << (8n * a.min + 7n) ? b : anything(opcode, operands, wide, make)
    case 0x10:
      return less(a, b, make)
    case 0x11:
      return less(b, a, make)
    case 0x12:
      return a.max < half && b.max < half ? less(a, b, make) : make(0n, 1n, false, madeBy(opcode, operands))
    case 0x13:
      return a.max < half && b.max < half ? less(b, a, make) : make(0n, 1n, false, madeBy(opcode, operands))
    case 0x14:
      if (same(a, b)) return one
      return a.max < b.min || b.max < a.min ? zero : make(0n, 1n, false, madeBy(opcode, operands))
    case 0x15: {
      if (a.min > 0n) return zero
      // Twice negated: the truth value itself.
      const inner = a.made?.opcode === 0x15 ? a.made.operands[0]! : undefined
      return inner && inner.max <= 1n ? inner : make(0n, 1n, false, madeBy(opcode, operands))
    }
    case 0x16:
      if (same(a, b) || isMaskFor(b, a)) return a
      if (isMaskFor(a, b)) return b
      return make(0n, least(a.max, b.max), a.wide && b.wide, madeBy(opcode, operands))
    case 0x17:
      if (isZero(a) || same(a, b)) return b
      if (isZero(b)) return a
      if (isProductCheck(a, b) || isProductCheck(b, a)) return one
      return make(most(a.min, b.min), ones(a.max | b.max), wide, madeBy(opcode, operands))
    case 0x18:
      if (same(a, b)) return zero
      if (isZero(a)) return b
      return isZero(b) ? a : make(0n, ones(a.max | b.max), wide, madeBy(opcode, operands))
    case 0x19:
      return make(maxWord - a.max, maxWord - a.min, true, madeBy(opcode, operands))
    case 0x1a:
      return a.min > 31n ? zero : make(0n, least(b.max, 255n), false, madeBy(opcode, operands))
    case 0x1b:
      return shiftLeft(a, b, make, madeBy(opcode, operands))
    case 0x1c:
      return shiftRight(a, b, make, madeBy(opcode, operands))
    case 0x1d:
      return b.max < half
        ? shiftRight(a, b, make, madeBy(0x1c, operands))
        : anything(opcode, operands, wide, make)
    default: {
      const [max, known] = knownRange(opcode)
      return make(0n, max, known, madeBy(opcode, operands))
    }
  }
}

/** Opcodes whose result depends on their operands only, and that cost nothing else. EXP and CLZ are done by the interpreter. */
export const isPure = (opcode: number): boolean => opcode >= 0x01 && opcode <= 0x1d && opcode !== 0x0a

/** The result on constants. */
export function fold(opcode: number, operands: readonly Value[]): Value | undefined {
  const count = operands.length
  if (count === 0) return undefined
  for (let i = 0; i < count; i++) if (!isConstantValue(operands[i]!)) return undefined
  const a = operands[0]!.max
  const value =
    count === 1
      ? foldUnary(opcode, a)
      : count === 2
        ? foldBinary(opcode, a, operands[1]!.max)
        : foldTernary(opcode, a, operands[1]!.max, operands[2]!.max)
  return value === undefined ? undefined : constant(value)
}

/** For signed opcodes on operands that are known to be positive, `opcode` is the unsigned one. */
const madeBy = (opcode: number, operands: readonly Value[], exact = false): Made => ({
  opcode,
  operands,
  exact,
})

const anything = (opcode: number, operands: readonly Value[], wide: boolean, make: Maker): Value =>
  make(0n, maxWord, wide, madeBy(opcode, operands))

const isZero = (v: Value): boolean => v.id < 0 && v.max === 0n
const isOne = (v: Value): boolean => v.id < 0 && v.max === 1n

/** A constant of ones that keeps all of `v`. */
const isMaskFor = (mask: Value, v: Value): boolean =>
  isConstantValue(mask) && (mask.max & (mask.max + 1n)) === 0n && v.max <= mask.max

function add(a: Value, b: Value, make: Maker): Value {
  if (isZero(a)) return b
  if (isZero(b)) return a
  // Adding 2^256 - n is how compilers count down.
  if (isConstantValue(a) && a.max >= half) return addNegative(b, a, make)
  if (isConstantValue(b) && b.max >= half) return addNegative(a, b, make)
  const max = a.max + b.max
  const exact = max <= maxWord
  const made = { opcode: 0x01, operands: [a, b], exact }
  return make(exact ? a.min + b.min : 0n, exact ? max : maxWord, a.wide || b.wide, made)
}

function addNegative(v: Value, negative: Value, make: Maker): Value {
  const n = maxWord + 1n - negative.max
  const exact = v.min >= n
  const made = { opcode: 0x03, operands: [v, constant(n)], exact }
  return make(exact ? v.min - n : 0n, exact ? v.max - n : maxWord, v.wide, made)
}

function subtract(a: Value, b: Value, make: Maker, operands: readonly Value[]): Value {
  if (same(a, b)) return zero
  if (isZero(b)) return a
  if (a.min >= b.max) return make(a.min - b.max, a.max - b.min, a.wide, madeBy(0x03, operands, true))
  return make(0n, maxWord, a.wide || b.wide, madeBy(0x03, operands))
}

function divide(a: Value, b: Value, make: Maker, made: Made): Value {
  if (isZero(a) || isZero(b)) return zero
  if (isOne(b)) return a
  const other = b.min > 0n ? otherFactor(a, b) : undefined
  if (other) return other
  const max = b.min > 0n ? a.max / b.min : a.max
  return make(b.min > 0n ? a.min / b.max : 0n, max, a.wide && max >> 64n !== 0n, made)
}

/** `b` when `product` is known to be `a * b`. */
function otherFactor(product: Value, a: Value): Value | undefined {
  if (product.made?.opcode !== 0x02 || !product.made.exact) return undefined
  const [x, y] = product.made.operands as [Value, Value]
  return same(x, a) ? y : same(y, a) ? x : undefined
}

/** `x == 0 || y == (x * y) / x`: how checked multiplication asks whether it wrapped; here it is known that it did not. */
function isProductCheck(isZeroOfX: Value, equality: Value): boolean {
  if (isZeroOfX.made?.opcode !== 0x15 || equality.made?.opcode !== 0x14) return false
  const x = isZeroOfX.made.operands[0]!
  const [p, q] = equality.made.operands as [Value, Value]
  return isQuotientOf(q, x, p) || isQuotientOf(p, x, q)
}

/** Whether `quotient` is `(x * y) / x`. */
function isQuotientOf(quotient: Value, x: Value, y: Value): boolean {
  if (quotient.made?.opcode !== 0x04) return false
  const [product, divisor] = quotient.made.operands as [Value, Value]
  const other = same(divisor, x) ? otherFactor(product, x) : undefined
  return other !== undefined && same(other, y)
}

function remainder(a: Value, b: Value, make: Maker, made: Made): Value {
  if (isZero(b) || isZero(a)) return zero
  if (a.max < b.min) return a
  const max = least(a.max, b.max - 1n)
  return make(0n, max, a.wide && b.wide, made)
}

/** `a < b`. */
function less(a: Value, b: Value, make: Maker): Value {
  if (same(a, b) || a.min >= b.max) return zero
  if (a.max < b.min) return one
  // Solidity's checks. a < a - y: y is greater than a. a + y < a: the sum wrapped, which this one did not.
  if (b.made?.opcode === 0x03 && same(b.made.operands[0]!, a)) {
    const y = b.made.operands[1]!
    if (b.made.exact || a.min >= y.max) return zero
    if (a.max < y.min) return one
    return make(0n, 1n, false, { opcode: 0x10, operands: [a, y], exact: false, difference: b })
  }
  if (a.made?.opcode === 0x01 && a.made.exact && a.made.operands.some((v) => same(v, b))) return zero
  return make(0n, 1n, false, { opcode: 0x10, operands: [a, b], exact: false })
}

function shiftLeft(bits: Value, v: Value, make: Maker, made: Made): Value {
  if (isZero(bits)) return v
  if (!isConstantValue(bits) || bits.max > 255n || v.max << bits.max > maxWord)
    return make(0n, maxWord, true, made)
  return make(v.min << bits.max, v.max << bits.max, v.wide, made)
}

function shiftRight(bits: Value, v: Value, make: Maker, made: Made): Value {
  if (isZero(bits)) return v
  if (bits.min > 255n) return zero
  const max = v.max >> bits.min
  return make(bits.max > 255n ? 0n : v.min >> bits.max, max, v.wide && max >> 64n !== 0n, made)
}
