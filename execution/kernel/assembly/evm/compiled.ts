/**
 * What compiled code calls. Functions named `…Top` work on the EVM stack in memory: `sp` is the address of the top word, and the
 * result replaces the deepest operand.
 */
import { keccak256 } from '../crypto/keccak'
import { divide, divideSigned, remainder, remainderSigned } from '../math/divide'
import { addModulo, multiplyModulo } from '../math/modular'
import {
  byteAt,
  copy,
  fromAddress,
  multiply,
  reverse,
  saturate,
  set,
  setU64,
  shiftLeft,
  shiftRight,
  signExtend,
  signMask,
} from '../math/u256'
import { ADDRESS, BALANCE } from '../world/account'
import { SCRATCH } from '../world/layout'
import { SLOT_CURRENT } from '../world/slot'
import { knownSlot, rememberSlot } from '../world/slotCache'
import { slotAt } from '../world/storage'
import { accessSlot, isStipend, storeAt } from './access'
import { keccakPair, keccakWord } from './keccakMemo'
import {
  BASE_FEE,
  BLOB_BASE_FEE,
  CHAIN_ID,
  COINBASE,
  GAS_LIMIT,
  NUMBER,
  PREV_RANDAO,
  TIMESTAMP,
  TX_GAS_PRICE,
  TX_SENDER,
} from './environment'
import { ACCOUNT, CALLER, CODE_SIZE, INPUT, INPUT_SIZE, VALUE } from './frame'
import { machine } from './machine'
import { copyPadded, expand, wordsOf } from './memory'
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

/** KECCAK256; the gas left, or -1. */
export function keccakTop(sp: usize, gas: i64): i64 {
  const offset = saturate(sp)
  const size = saturate(sp - 32)
  gas -= 6 * wordsOf(size)
  if (gas < 0) return -1
  gas = expand(gas, offset, size)
  if (gas < 0) return -1
  const input = size == 0 ? machine.memory : machine.memory + usize(offset)
  if (size == 64) {
    keccakPair(input, sp - 32)
    return gas
  }
  if (size == 32) {
    keccakWord(input, sp - 32)
    return gas
  }
  keccak256(input, usize(size), SCRATCH)
  reverse(sp - 32, SCRATCH)
  return gas
}

/** SLOAD; the gas left, negative when it does not suffice. */
export function loadSlotTop(sp: usize, gas: i64): i64 {
  const slot = slotOf(sp)
  gas -= accessSlot(slot)
  if (gas >= 0) copy(sp, slot + SLOT_CURRENT)
  return gas
}

/** SSTORE in a frame that may write; the gas left, negative when it does not suffice. */
export function storeSlotTop(sp: usize, gas: i64): i64 {
  return isStipend(gas) ? -1 : storeAt(slotOf(sp), sp - 32, gas)
}

/** The current account's slot by the key at `key`. */
function slotOf(key: usize): usize {
  const account: usize = load<u32>(machine.frame, ACCOUNT)
  const known = knownSlot(account, key)
  if (known != 0) return known
  const slot = slotAt(account, key)
  rememberSlot(account, key, slot)
  return slot
}

export function callDataLoadTop(sp: usize): void {
  const input: usize = load<usize>(machine.frame, INPUT)
  const size: usize = load<u32>(machine.frame, INPUT_SIZE)
  const offset = saturate(sp)
  if (offset < u64(size) && u64(size) - offset >= 32) {
    reverse(sp, input + usize(offset))
  } else {
    copyPadded(SCRATCH, input, size, offset, 32)
    reverse(sp, SCRATCH)
  }
}

/** Writes to `to` what an opcode without operands pushes that reads message, code or block. */
export function environment(to: usize, opcode: u32): void {
  const frame = machine.frame
  switch (opcode) {
    case 0x30: // ADDRESS
      fromAddress(to, load<usize>(frame, ACCOUNT) + ADDRESS)
      break
    case 0x32: // ORIGIN
      fromAddress(to, TX_SENDER)
      break
    case 0x33: // CALLER
      fromAddress(to, frame + CALLER)
      break
    case 0x34: // CALLVALUE
      copy(to, frame + VALUE)
      break
    case 0x38: // CODESIZE
      setU64(to, load<u32>(frame, CODE_SIZE))
      break
    case 0x3a: // GASPRICE
      copy(to, TX_GAS_PRICE)
      break
    case 0x3d: // RETURNDATASIZE
      setU64(to, machine.returnSize)
      break
    case 0x41: // COINBASE
      fromAddress(to, COINBASE)
      break
    case 0x42: // TIMESTAMP
      setU64(to, load<u64>(TIMESTAMP))
      break
    case 0x43: // NUMBER
      setU64(to, load<u64>(NUMBER))
      break
    case 0x44: // PREVRANDAO
      copy(to, PREV_RANDAO)
      break
    case 0x45: // GASLIMIT
      setU64(to, load<u64>(GAS_LIMIT))
      break
    case 0x46: // CHAINID
      copy(to, CHAIN_ID)
      break
    case 0x47: // SELFBALANCE
      copy(to, load<usize>(frame, ACCOUNT) + BALANCE)
      break
    case 0x48: // BASEFEE
      copy(to, BASE_FEE)
      break
    case 0x4a: // BLOBBASEFEE
      copy(to, BLOB_BASE_FEE)
      break
    default:
      unreachable()
  }
}
