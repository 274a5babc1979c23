import { importIndex } from '../abi.js'
import { op } from '../wasm/instructions.js'
import { failIfNegative } from './halt.js'
import type { LowerContext } from './lowerContext.js'
import type { Reach, Sum } from './reach.js'
import type { Value } from './value.js'

/** No frame's memory comes near: offsets beyond are not folded into addresses. */
const far = 1n << 31n

/** Makes memory cover what an opcode has to make sure of. */
export function emitReach(c: LowerContext, offset: Value, size: bigint, reach: Reach): void {
  if (reach === 'own') emitOwn(c, offset, size)
  else if (reach !== 'covered') emitSum(c, reach)
}

/** Makes memory cover what the opcode has to make sure of, and puts the address of its `size` bytes at `offset` into the emitter's address local. */
export function emitAddress(c: LowerContext, offset: Value, size: bigint, reach: Reach): void {
  const { e, body, r } = c.out
  emitReach(c, offset, size, reach)
  body.get(r.memory)
  e.push(c.words.of(offset)[0])
  body.emit(op.i32WrapI64, op.i32Add).set(e.address)
}

/** As many bytes as a sum of values tells, which has 64 bits. */
function emitSum(c: LowerContext, { terms, constant }: Sum): void {
  const { e, body, r } = c.out
  body.i64(constant)
  for (const { value, times } of terms.values()) {
    e.push(c.words.of(value)[0])
    if (times > 1n) body.i64(times).emit(op.i64Mul)
    body.emit(op.i64Add)
  }
  const size = e.pop()
  body.get(size).get(r.memorySize).emit(op.i64GtU).if()
  body.get(r.gas).i64(0n).get(size).call(importIndex.expandMemory).tee(r.gas)
  failIfNegative(c)
  body.get(size).i64(31n).emit(op.i64Add).i64(-32n).emit(op.i64And).set(r.memorySize)
  body.end()
  e.release(size)
}

/** `size` bytes at `offset`. */
function emitOwn(c: LowerContext, offset: Value, size: bigint): void {
  const { e, body, r } = c.out
  const [low, ...high] = c.words.of(offset)
  if (offset.max < far) {
    e.push(low)
    body.i64(size).emit(op.i64Add).get(r.memorySize).emit(op.i64GtU)
  } else {
    // For an offset near 2^64 the sum wraps around, so it is compared by itself too.
    e.push(low)
    body.i64(size).emit(op.i64Add).get(r.memorySize).emit(op.i64GtU)
    e.push(low)
    body.i64(0xffff_ffffn).emit(op.i64GtU, op.i32Or)
    if (e.pushOr(high)) body.i64(0n).emit(op.i64Ne, op.i32Or)
  }
  body.if().get(r.gas)
  e.push(low)
  // All ones when it does not fit 64 bits.
  if (e.pushOr(high)) body.emit(op.i64Eqz, op.i64ExtendI32U).i64(1n).emit(op.i64Sub, op.i64Or)
  body.i64(size).call(importIndex.expandMemory).tee(r.gas)
  failIfNegative(c)
  // Memory is as large now as it takes, in whole words.
  e.push(low)
  body
    .i64(size + 31n)
    .emit(op.i64Add)
    .i64(-32n)
    .emit(op.i64And)
    .set(r.memorySize)
  body.end()
}
