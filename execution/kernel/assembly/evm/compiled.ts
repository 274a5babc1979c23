/**
 * What compiled code calls. Functions named `…Top` work on the EVM stack in memory: `sp` is the address of the top word, and the
 * result replaces the deepest operand.
 */
import { addModulo, divide, divideSigned, multiplyModulo, remainder, remainderSigned } from '../math/divide'
import {
  byteAt,
  multiply,
  saturate,
  set,
  setU64,
  shiftLeft,
  shiftRight,
  signExtend,
  signMask,
} from '../math/u256'
import { machine } from './machine'
import { expand } from './memory'
import { Exit, Halt } from './outcome'

export { step } from './interpreter'

/** Makes the frame's memory cover [offset, offset + size); the gas left, or -1. */
export function expandMemory(gas: i64, offset: u64, size: u64): i64 {
  return expand(gas, offset, size)
}

export function memoryBase(): usize {
  return machine.memory
}

export function memorySize(): usize {
  return machine.memorySize
}

export function haltFrame(reason: Halt): Exit {
  machine.halt = reason
  return Exit.Halt
}

export function multiplyTop(sp: usize): void {
  multiply(sp - 32, sp, sp - 32)
}

export function divideTop(sp: usize): void {
  divide(sp - 32, sp, sp - 32)
}

export function divideSignedTop(sp: usize): void {
  divideSigned(sp - 32, sp, sp - 32)
}

export function remainderTop(sp: usize): void {
  remainder(sp - 32, sp, sp - 32)
}

export function remainderSignedTop(sp: usize): void {
  remainderSigned(sp - 32, sp, sp - 32)
}

export function addModuloTop(sp: usize): void {
  addModulo(sp - 64, sp, sp - 32, sp - 64)
}

export function multiplyModuloTop(sp: usize): void {
  multiplyModulo(sp - 64, sp, sp - 32, sp - 64)
}

export function signExtendTop(sp: usize): void {
  signExtend(sp - 32, sp, sp - 32)
}

export function byteTop(sp: usize): void {
  setU64(sp - 32, byteAt(sp, sp - 32))
}

export function shiftLeftTop(sp: usize): void {
  if (saturate(sp) > 255) setU64(sp - 32, 0)
  else shiftLeft(sp - 32, sp - 32, u32(load<u64>(sp)))
}

export function shiftRightTop(sp: usize): void {
  if (saturate(sp) > 255) setU64(sp - 32, 0)
  else shiftRight(sp - 32, sp - 32, u32(load<u64>(sp)), 0)
}

export function shiftRightSignedTop(sp: usize): void {
  const sign = signMask(sp - 32)
  if (saturate(sp) > 255) set(sp - 32, sign, sign, sign, sign)
  else shiftRight(sp - 32, sp - 32, u32(load<u64>(sp)), sign)
}
