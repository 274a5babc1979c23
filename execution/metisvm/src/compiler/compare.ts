import type { Emitter } from './emitter.js'
import { op } from './wasm/instructions.js'
import { constantOf, constantWord, type Limb, signed, type Word } from './word.js'

const truth = (holds: boolean): Word => constantWord(holds ? 1n : 0n)

/** LT: `a < b`. GT is the same with its operands exchanged. */
export function emitLess(e: Emitter, a: Word, b: Word): Word {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined) return truth(x < y)
  pushLess(e, a, b, op.i64LtU)
  return e.popBoolean()
}

/** SLT: as LT, with the highest limb signed. */
export function emitLessSigned(e: Emitter, a: Word, b: Word): Word {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined) return truth(signed(x) < signed(y))
  pushLess(e, a, b, op.i64LtS)
  return e.popBoolean()
}

/** From the lowest limb up: less at this limb, or equal here and less below. */
export function pushLess(e: Emitter, a: Word, b: Word, highest: number): void {
  const { body } = e
  let isFirst = true
  for (let i = 0; i < 4; i++) {
    const [x, y] = [a[i]!, b[i]!]
    if (x === y) continue
    if (!isFirst) {
      e.push(x)
      e.push(y)
      body.emit(op.i64Eq, op.i32And)
    }
    e.push(x)
    e.push(y)
    body.emit(i === 3 ? highest : op.i64LtU)
    if (!isFirst) body.emit(op.i32Or)
    isFirst = false
  }
  if (isFirst) body.i32(0)
}

export function emitEqual(e: Emitter, a: Word, b: Word): Word {
  const [x, y] = [constantOf(a), constantOf(b)]
  if (x !== undefined && y !== undefined) return truth(x === y)
  const differences: Limb[] = a.map((limb, i) => difference(e, limb, b[i]!))
  const some = e.pushOr(differences)
  for (const limb of differences) e.release(limb)
  if (!some) return truth(true)
  e.body.emit(op.i64Eqz)
  return e.popBoolean()
}

function difference(e: Emitter, a: Limb, b: Limb): Limb {
  if (a === b) return 0n
  if (b === 0n) return e.hold(a)
  if (a === 0n) return e.hold(b)
  return e.binary(op.i64Xor, a, b, (x, y) => x ^ y)
}

export function emitIsZero(e: Emitter, a: Word): Word {
  const known = constantOf(a)
  if (known !== undefined) return truth(known === 0n)
  e.pushOr(a)
  e.body.emit(op.i64Eqz)
  return e.popBoolean()
}

/** Puts an i32 on the stack that is not zero when the word, which is not known, is not zero. */
export function pushIsNonZero(e: Emitter, a: Word): void {
  e.pushOr(a)
  e.body.i64(0n).emit(op.i64Ne)
}
