import type { Emitter } from './emitter.js'
import { op } from './wasm/instructions.js'
import { constantOf, constantWord, isConstant, isNarrow, type Limb, truncate, type Word } from './word.js'

/** ADD: limb by limb with carries; limbs and carries that are known cost nothing. Limbs from `count` on are zero. */
export function emitAdd(e: Emitter, a: Word, b: Word, count = 4): Word {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined) return constantWord(truncate(x + y))
  let carry: Limb = 0n
  const limbs: Limb[] = []
  for (let i = 0; i < 4; i++) {
    if (i >= count) {
      limbs.push(0n)
      continue
    }
    const last = i === count - 1
    const [sum, carry1] = addLimbs(e, a[i]!, b[i]!, !last)
    const [total, carry2] = addLimbs(e, sum, carry, !last)
    e.release(sum)
    e.release(carry)
    limbs.push(total)
    carry = joinCarries(e, carry1, carry2)
  }
  e.release(carry)
  return limbs as unknown as Word
}

/** SUB: `a - b`. Limbs from `count` on are zero. */
export function emitSub(e: Emitter, a: Word, b: Word, count = 4): Word {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined) return constantWord(truncate(x - y))
  let borrow: Limb = 0n
  const limbs: Limb[] = []
  for (let i = 0; i < 4; i++) {
    if (i >= count) {
      limbs.push(0n)
      continue
    }
    const last = i === count - 1
    const [difference, borrow1] = subtractLimbs(e, a[i]!, b[i]!, !last)
    const [total, borrow2] = subtractLimbs(e, difference, borrow, !last)
    e.release(difference)
    e.release(borrow)
    limbs.push(total)
    borrow = joinCarries(e, borrow1, borrow2)
  }
  e.release(borrow)
  return limbs as unknown as Word
}

function addLimbs(e: Emitter, a: Limb, b: Limb, wantCarry: boolean): [sum: Limb, carry: Limb] {
  if (a === 0n) return [e.hold(b), 0n]
  if (b === 0n) return [e.hold(a), 0n]
  const sum = e.binary(op.i64Add, a, b, (x, y) => x + y)
  if (isConstant(sum)) return [sum, (a as bigint) + (b as bigint) > 0xffff_ffff_ffff_ffffn ? 1n : 0n]
  if (!wantCarry) return [sum, 0n]
  e.push(sum)
  // Comparing with the constant, if there is one, is the cheaper test.
  e.push(isConstant(b) ? b : a)
  e.body.emit(op.i64LtU, op.i64ExtendI32U)
  return [sum, e.pop()]
}

function subtractLimbs(e: Emitter, a: Limb, b: Limb, wantBorrow: boolean): [difference: Limb, borrow: Limb] {
  if (b === 0n) return [e.hold(a), 0n]
  if (a === b) return [0n, 0n]
  const difference = e.binary(op.i64Sub, a, b, (x, y) => x - y)
  if (isConstant(a) && isConstant(b)) return [difference, a < b ? 1n : 0n]
  if (!wantBorrow) return [difference, 0n]
  e.push(a)
  e.push(b)
  e.body.emit(op.i64LtU, op.i64ExtendI32U)
  return [difference, e.pop()]
}

/** At most one of two carries of the same limb is set. */
function joinCarries(e: Emitter, a: Limb, b: Limb): Limb {
  if (a === 0n) return b
  if (b === 0n) return a
  const both = e.binary(op.i64Or, a, b, (x, y) => x | y)
  e.release(a)
  e.release(b)
  return both
}

export function emitBitwise(e: Emitter, kind: 'and' | 'or' | 'xor', a: Word, b: Word): Word {
  return a.map((limb, i) => bitwiseLimb(e, kind, limb, b[i]!)) as unknown as Word
}

function bitwiseLimb(e: Emitter, kind: 'and' | 'or' | 'xor', a: Limb, b: Limb): Limb {
  const [inA, inB] = [e.possible(a), e.possible(b)]
  if (kind === 'and') {
    if ((inA & inB) === 0n) return 0n
    if (isConstant(a) && (inB & ~a) === 0n) return e.hold(b)
    if (isConstant(b) && (inA & ~b) === 0n) return e.hold(a)
    return e.limit(
      e.binary(op.i64And, a, b, (x, y) => x & y),
      inA & inB,
    )
  }
  if (inA === 0n) return e.hold(b)
  if (inB === 0n) return e.hold(a)
  const both =
    kind === 'or' ? e.binary(op.i64Or, a, b, (x, y) => x | y) : e.binary(op.i64Xor, a, b, (x, y) => x ^ y)
  return e.limit(both, inA | inB)
}

export function emitNot(e: Emitter, a: Word): Word {
  return a.map((limb) =>
    e.binary(op.i64Xor, limb, 0xffff_ffff_ffff_ffffn, (x, y) => x ^ y),
  ) as unknown as Word
}

/** The full product of two limbs that are both narrow words: 128 bits, so nothing is lost. */
export function emitNarrowMultiply(e: Emitter, a: Word, b: Word): Word | undefined {
  if (!isNarrow(a) || !isNarrow(b)) return undefined
  const [x, y] = [a[0], b[0]]
  const low = e.binary(op.i64Mul, x, y, (p, q) => p * q)
  return [low, highProduct(e, x, y), 0n, 0n]
}

/** Upper 64 bits of a product, from four products of 32 bits. */
export function highProduct(e: Emitter, x: Limb, y: Limb): Limb {
  if (isConstant(x) && isConstant(y)) return (x * y) >> 64n
  // Times one, as in what copies a limb into another: nothing to carry.
  if (x === 0n || y === 0n || x === 1n || y === 1n) return 0n
  const { body } = e
  const [x0, x1, y0, y1] = [lowHalf(e, x), highHalf(e, x), lowHalf(e, y), highHalf(e, y)]
  const cross = e.binary(op.i64Mul, x1, y0, (p, q) => p * q)
  // middle = x1*y0 + (x0*y0 >> 32); never overflows
  e.push(x0)
  e.push(y0)
  body.emit(op.i64Mul).i64(32n).emit(op.i64ShrU)
  e.push(cross)
  body.emit(op.i64Add)
  const middle = e.pop()
  // x1*y1 + (middle >> 32) + ((x0*y1 + low half of middle) >> 32)
  e.push(x1)
  e.push(y1)
  body.emit(op.i64Mul).get(middle).i64(32n).emit(op.i64ShrU, op.i64Add)
  e.push(x0)
  e.push(y1)
  body.emit(op.i64Mul).get(middle).i64(0xffff_ffffn).emit(op.i64And, op.i64Add)
  body.i64(32n).emit(op.i64ShrU, op.i64Add)
  const high = e.pop()
  for (const limb of [x0, x1, y0, y1, cross, middle]) e.release(limb)
  return high
}

function lowHalf(e: Emitter, limb: Limb): Limb {
  return e.binary(op.i64And, limb, 0xffff_ffffn, (x, y) => x & y)
}

function highHalf(e: Emitter, limb: Limb): Limb {
  return e.binary(op.i64ShrU, limb, 32n, (x, y) => x >> y)
}
