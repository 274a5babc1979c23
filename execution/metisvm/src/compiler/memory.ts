import { importIndex } from './abi.js'
import type { Emitter } from './emitter.js'
import type { Body, Local } from './wasm/body.js'
import { op } from './wasm/instructions.js'
import { isConstant, type Word } from './word.js'

export type MemoryAccess = {
  e: Emitter
  body: Body
  gas: Local
  /** Address and size of the frame's EVM memory. */
  memory: Local
  memorySize: Local
  /** Ends the frame when the gas on the stack is below zero. */
  failIfNegative(): void
}

/** MLOAD. */
export function emitLoad(m: MemoryAccess, offset: Word): Word {
  emitAddress(m, offset, 32n)
  return m.e.loadBigEndian(m.e.address)
}

/** MSTORE. */
export function emitStore(m: MemoryAccess, offset: Word, word: Word): void {
  emitAddress(m, offset, 32n)
  m.e.storeBigEndian(m.e.address, word)
}

/** MSTORE8. */
export function emitStoreByte(m: MemoryAccess, offset: Word, word: Word): void {
  emitAddress(m, offset, 1n)
  m.body.get(m.e.address)
  m.e.push(word[0])
  m.body.access(op.i64Store8, 0)
}

/** Makes memory cover `size` bytes at `offset` and puts their address into the emitter's address local. */
function emitAddress(
  { e, body, gas, memory, memorySize, failIfNegative }: MemoryAccess,
  offset: Word,
  size: bigint,
): void {
  const [low, ...high] = offset
  // Beyond memory? For an offset near 2^64 the sum wraps around, so it is compared by itself too.
  if (isConstant(low) && low < 0x1000_0000n) {
    body
      .get(memorySize)
      .emit(op.i64ExtendI32U)
      .i64(low + size)
      .emit(op.i64LtU)
  } else {
    e.push(low)
    body.i64(size).emit(op.i64Add).get(memorySize).emit(op.i64ExtendI32U, op.i64GtU)
    e.push(low)
    body.i64(0xffff_ffffn).emit(op.i64GtU, op.i32Or)
  }
  if (e.pushOr(high)) body.i64(0n).emit(op.i64Ne, op.i32Or)
  body.if()
  body.get(gas)
  pushSaturated(e, body, offset)
  body.i64(size).call(importIndex.expandMemory).tee(gas)
  failIfNegative()
  // Memory is as large now as it takes, in whole words.
  e.push(low)
  body
    .i64(size + 31n)
    .emit(op.i64Add)
    .i64(-32n)
    .emit(op.i64And, op.i32WrapI64)
    .set(memorySize)
  body.end()
  body.get(memory)
  e.push(low)
  body.emit(op.i32WrapI64, op.i32Add).set(e.address)
}

/** The offset as 64 bits; all ones when it does not fit. */
function pushSaturated(e: Emitter, body: Body, [low, ...high]: Word): void {
  e.push(low)
  if (e.pushOr(high)) body.emit(op.i64Eqz, op.i64ExtendI32U).i64(1n).emit(op.i64Sub, op.i64Or)
}
