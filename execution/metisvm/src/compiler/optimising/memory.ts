import { importIndex } from '../abi.js'
import { op } from '../wasm/instructions.js'
import { failIfNegative } from './halt.js'
import type { LowerContext } from './lowerContext.js'
import type { Value } from './value.js'

/** No frame's memory comes near: offsets beyond are not folded into addresses. */
const far = 1n << 31n

/**
 * Makes memory cover `size` bytes at `offset` and puts their address into the emitter's address local. `known` bytes are there in any
 * case: what lies within needs no check.
 */
export function emitAddress(c: LowerContext, offset: Value, size: bigint, known: number): void {
  const { e, body, r } = c.out
  const [low, ...high] = c.words.of(offset)
  if (offset.max + size > BigInt(known)) {
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
  body.get(r.memory)
  e.push(low)
  body.emit(op.i32WrapI64, op.i32Add).set(e.address)
}
