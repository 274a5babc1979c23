/**
 * Tier 0: executes the current frame until it ends or stands at a call. Registers are locals; the frame's record is
 * written only when execution leaves. The stack grows upwards in memory: `sp` is the address of the top word.
 */
import { keccak256 } from '../crypto/keccak'
import { divide, divideSigned, remainder, remainderSigned } from '../math/divide'
import { addModulo, multiplyModulo } from '../math/modular'
import { power } from '../math/power'
import {
  add,
  byteAt,
  byteLength,
  copy,
  equals,
  fromAddress,
  fromBytes,
  isZero,
  leadingZeros,
  less,
  lessSigned,
  multiply,
  reverse,
  saturate,
  set,
  setU64,
  shiftLeft,
  shiftRight,
  signExtend,
  signMask,
  sub,
  swap,
} from '../math/u256'
import { ADDRESS, BALANCE } from '../world/account'
import { RETURN_DATA, SCRATCH } from '../world/layout'
import { SLOT_CURRENT } from '../world/slot'
import { setSlot, slotAt, transientAt } from '../world/storage'
import { accessSlot, storeSlot } from './access'
import {
  BASE_FEE,
  BLOB_BASE_FEE,
  CHAIN_ID,
  COINBASE,
  GAS_LIMIT,
  NUMBER,
  PREV_RANDAO,
  TIMESTAMP,
  TX_BLOB_COUNT,
  TX_BLOB_HASHES,
  TX_GAS_PRICE,
  TX_SENDER,
} from './environment'
import { balanceOf, blockHashOf, codeHashOf, codeSizeOf, copyCodeOf } from './external'
import { SPURIOUS_DRAGON } from './forks'
import {
  ACCOUNT,
  CALLER,
  CODE_SIZE,
  CODE_START,
  GAS,
  INPUT,
  INPUT_SIZE,
  IP,
  IS_STATIC,
  JUMPDESTS,
  SP,
  STACK_BASE,
  VALUE,
} from './frame'
import { emitLog } from './log'
import { isDestination } from './jump'
import { keccakPair, keccakWord } from './keccakMemo'
import { machine } from './machine'
import { copyPadded, expand, wordsOf } from './memory'
import { Exit, Halt } from './outcome'
import { beginProfile, profileJump, profileStep } from './profile'
import { isDefined, leastDepth } from './schedule'
import { selfDestruct } from './selfdestruct'
import { TRACE, traceStep } from './trace'
import { OPCODES } from '../world/layout'

/**
 * Work until the interpreter returns to the driver in between, in bytes of code executed and JUMP_WORK for each jump taken. The host's
 * compiler replaces code only between calls: a long loop would otherwise stay in the slow first version of this function.
 */
export const WORK_PER_TURN: i32 = 1 << 19
/** What compiled code leaves to the interpreter is mostly a few opcodes: it gets the rest back soon. */
export const WORK_PER_DETOUR: i32 = 1 << 12
/** A sample is enough for a profile. */
export const WORK_PER_PROFILED_TURN: i32 = 1 << 16
const JUMP_WORK: i32 = 8

function halt(reason: Halt): Exit {
  machine.halt = reason
  return Exit.Halt
}

/** Why an opcode may not run at this stack depth. */
function stackFault(opcode: u32, depth: u32): Exit {
  if (!isDefined(opcode)) return halt(Halt.InvalidOpcode)
  return halt(depth < leastDepth(opcode) ? Halt.StackUnderflow : Halt.StackOverflow)
}

/** Executes the current frame until it ends, stands at a call, or has done enough `work` to yield at a jump. */
export function interpret(work: i32): Exit {
  machine.workLeft = work
  return run<Continuous>()
}

/** Executes the one opcode at which the current frame stands; not a push or a jump. For compiled code. */
export function step(): Exit {
  return run<Single>()
}

/** As {@link interpret}, and notes in the code's profile what it sees. */
export function interpretProfiled(at: usize): Exit {
  profile = at
  beginProfile()
  machine.workLeft = WORK_PER_PROFILED_TURN
  return run<Profiled>()
}

let profile: usize = 0

/** The modes differ at compile time, by the size of these types. */
type Continuous = u8
type Profiled = u32
type Single = u64

function run<Mode>(): Exit {
  const frame = machine.frame
  const code: usize = load<u32>(frame, CODE_START)
  const base: usize = load<u32>(frame, STACK_BASE)
  let ip: usize = load<u32>(frame, IP)
  let sp: usize = load<u32>(frame, SP)
  let gas: i64 = load<i64>(frame, GAS)
  let bitmap: usize = load<u32>(frame, JUMPDESTS)

  for (;;) {
    const opcode = u32(load<u8>(ip))
    const place = OPCODES + (usize(opcode) << 3)
    const depth = u32(sp - base)
    if (TRACE) traceStep(ip, opcode, gas, sp)
    if (ASC_FEATURE_SIMD) {
      const entry = load<u64>(place)
      if (depth - (u32(entry) >> 16) > u32(entry >> 32)) return stackFault(opcode, depth)
      gas -= i64(entry & 0xffff)
    } else {
      // Three loads take fewer steps than taking one apart.
      if (depth - load<u16>(place, 2) > load<u32>(place, 4)) return stackFault(opcode, depth)
      gas -= i64(load<u16>(place))
    }
    if (gas < 0) return halt(Halt.OutOfGas)
    if (sizeof<Mode>() == sizeof<Profiled>()) profileStep(profile, ip - code, opcode, sp, depth)

    switch (opcode) {
      case 0x00: {
        // STOP
        machine.outputSize = 0
        store<u32>(frame, ip, IP)
        store<i64>(frame, gas, GAS)
        return Exit.Return
      }
      case 0x01: // ADD
        add(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x02: // MUL
        multiply(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x03: // SUB
        sub(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x04: // DIV
        divide(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x05: // SDIV
        divideSigned(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x06: // MOD
        remainder(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x07: // SMOD
        remainderSigned(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x08: // ADDMOD
        addModulo(sp - 64, sp, sp - 32, sp - 64)
        sp -= 64
        break
      case 0x09: // MULMOD
        multiplyModulo(sp - 64, sp, sp - 32, sp - 64)
        sp -= 64
        break
      case 0x0a: // EXP
        gas -= i64(byteLength(sp - 32)) * (machine.fork >= SPURIOUS_DRAGON ? 50 : 10)
        if (gas < 0) return halt(Halt.OutOfGas)
        power(sp - 32, sp, sp - 32)
        sp -= 32
        break
      case 0x0b: // SIGNEXTEND
        signExtend(sp - 32, sp, sp - 32)
        sp -= 32
        break

      case 0x10: // LT
        setU64(sp - 32, u64(less(sp, sp - 32)))
        sp -= 32
        break
      case 0x11: // GT
        setU64(sp - 32, u64(less(sp - 32, sp)))
        sp -= 32
        break
      case 0x12: // SLT
        setU64(sp - 32, u64(lessSigned(sp, sp - 32)))
        sp -= 32
        break
      case 0x13: // SGT
        setU64(sp - 32, u64(lessSigned(sp - 32, sp)))
        sp -= 32
        break
      case 0x14: // EQ
        setU64(sp - 32, u64(equals(sp, sp - 32)))
        sp -= 32
        break
      case 0x15: // ISZERO
        setU64(sp, u64(isZero(sp)))
        break
      case 0x16: // AND
        set(
          sp - 32,
          load<u64>(sp) & load<u64>(sp - 32),
          load<u64>(sp, 8) & load<u64>(sp - 32, 8),
          load<u64>(sp, 16) & load<u64>(sp - 32, 16),
          load<u64>(sp, 24) & load<u64>(sp - 32, 24),
        )
        sp -= 32
        break
      case 0x17: // OR
        set(
          sp - 32,
          load<u64>(sp) | load<u64>(sp - 32),
          load<u64>(sp, 8) | load<u64>(sp - 32, 8),
          load<u64>(sp, 16) | load<u64>(sp - 32, 16),
          load<u64>(sp, 24) | load<u64>(sp - 32, 24),
        )
        sp -= 32
        break
      case 0x18: // XOR
        set(
          sp - 32,
          load<u64>(sp) ^ load<u64>(sp - 32),
          load<u64>(sp, 8) ^ load<u64>(sp - 32, 8),
          load<u64>(sp, 16) ^ load<u64>(sp - 32, 16),
          load<u64>(sp, 24) ^ load<u64>(sp - 32, 24),
        )
        sp -= 32
        break
      case 0x19: // NOT
        set(sp, ~load<u64>(sp), ~load<u64>(sp, 8), ~load<u64>(sp, 16), ~load<u64>(sp, 24))
        break
      case 0x1a: // BYTE
        setU64(sp - 32, byteAt(sp, sp - 32))
        sp -= 32
        break
      case 0x1b: // SHL
        if (saturate(sp) > 255) setU64(sp - 32, 0)
        else shiftLeft(sp - 32, sp - 32, u32(load<u64>(sp)))
        sp -= 32
        break
      case 0x1c: // SHR
        if (saturate(sp) > 255) setU64(sp - 32, 0)
        else shiftRight(sp - 32, sp - 32, u32(load<u64>(sp)), 0)
        sp -= 32
        break
      case 0x1d: {
        // SAR
        const sign = signMask(sp - 32)
        if (saturate(sp) > 255) set(sp - 32, sign, sign, sign, sign)
        else shiftRight(sp - 32, sp - 32, u32(load<u64>(sp)), sign)
        sp -= 32
        break
      }
      case 0x1e: // CLZ
        setU64(sp, leadingZeros(sp))
        break

      case 0x20: {
        // KECCAK256
        const offset = saturate(sp)
        const size = saturate(sp - 32)
        gas -= 6 * wordsOf(size)
        if (gas < 0) return halt(Halt.OutOfGas)
        gas = expand(gas, offset, size)
        if (gas < 0) return halt(Halt.OutOfGas)
        sp -= 32
        const input = size == 0 ? machine.memory : machine.memory + usize(offset)
        // Steps of the proof build are not to depend on what was hashed before.
        if (ASC_FEATURE_SIMD && size == 64) keccakPair(input, sp)
        else if (ASC_FEATURE_SIMD && size == 32) keccakWord(input, sp)
        else {
          keccak256(input, usize(size), SCRATCH)
          reverse(sp, SCRATCH)
        }
        break
      }

      case 0x30: // ADDRESS
        sp += 32
        fromAddress(sp, load<usize>(frame, ACCOUNT) + ADDRESS)
        break
      case 0x31: // BALANCE
        gas -= balanceOf(sp)
        if (gas < 0) return halt(Halt.OutOfGas)
        break
      case 0x32: // ORIGIN
        sp += 32
        fromAddress(sp, TX_SENDER)
        break
      case 0x33: // CALLER
        sp += 32
        fromAddress(sp, frame + CALLER)
        break
      case 0x34: // CALLVALUE
        sp += 32
        copy(sp, frame + VALUE)
        break
      case 0x35: {
        // CALLDATALOAD
        const offset = saturate(sp)
        const input: usize = load<usize>(frame, INPUT)
        const size: usize = load<u32>(frame, INPUT_SIZE)
        if (offset < u64(size) && u64(size) - offset >= 32) {
          reverse(sp, input + usize(offset))
        } else {
          copyPadded(SCRATCH, input, size, offset, 32)
          reverse(sp, SCRATCH)
        }
        break
      }
      case 0x36: // CALLDATASIZE
        sp += 32
        setU64(sp, load<u32>(frame, INPUT_SIZE))
        break
      case 0x37: // CALLDATACOPY
      case 0x39: {
        // CODECOPY
        const to = saturate(sp)
        const size = saturate(sp - 64)
        gas -= 3 * wordsOf(size)
        if (gas < 0) return halt(Halt.OutOfGas)
        gas = expand(gas, to, size)
        if (gas < 0) return halt(Halt.OutOfGas)
        if (size != 0) {
          const source: usize = opcode == 0x37 ? load<usize>(frame, INPUT) : code
          const sourceSize: usize = opcode == 0x37 ? load<usize>(frame, INPUT_SIZE) : load<usize>(frame, CODE_SIZE)
          copyPadded(machine.memory + usize(to), source, sourceSize, saturate(sp - 32), usize(size))
        }
        sp -= 96
        break
      }
      case 0x38: // CODESIZE
        sp += 32
        setU64(sp, load<u32>(frame, CODE_SIZE))
        break
      case 0x3a: // GASPRICE
        sp += 32
        copy(sp, TX_GAS_PRICE)
        break
      case 0x3b: // EXTCODESIZE
        gas -= codeSizeOf(sp)
        if (gas < 0) return halt(Halt.OutOfGas)
        break
      case 0x3c: {
        // EXTCODECOPY
        const to = saturate(sp - 32)
        const size = saturate(sp - 96)
        gas -= 3 * wordsOf(size)
        if (gas < 0) return halt(Halt.OutOfGas)
        gas = expand(gas, to, size)
        if (gas < 0) return halt(Halt.OutOfGas)
        gas -= copyCodeOf(sp, usize(to), saturate(sp - 64), usize(size))
        if (gas < 0) return halt(Halt.OutOfGas)
        sp -= 128
        break
      }
      case 0x3d: // RETURNDATASIZE
        sp += 32
        setU64(sp, machine.returnSize)
        break
      case 0x3e: {
        // RETURNDATACOPY
        const to = saturate(sp)
        const from = saturate(sp - 32)
        const size = saturate(sp - 64)
        const have = u64(machine.returnSize)
        if (from > have || size > have - from) return halt(Halt.ReturnDataOutOfBounds)
        gas -= 3 * wordsOf(size)
        if (gas < 0) return halt(Halt.OutOfGas)
        gas = expand(gas, to, size)
        if (gas < 0) return halt(Halt.OutOfGas)
        if (size != 0) memory.copy(machine.memory + usize(to), RETURN_DATA + usize(from), usize(size))
        sp -= 96
        break
      }
      case 0x3f: // EXTCODEHASH
        gas -= codeHashOf(sp)
        if (gas < 0) return halt(Halt.OutOfGas)
        break
      case 0x40: // BLOCKHASH
        blockHashOf(sp)
        break
      case 0x41: // COINBASE
        sp += 32
        fromAddress(sp, COINBASE)
        break
      case 0x42: // TIMESTAMP
        sp += 32
        setU64(sp, load<u64>(TIMESTAMP))
        break
      case 0x43: // NUMBER
        sp += 32
        setU64(sp, load<u64>(NUMBER))
        break
      case 0x44: // PREVRANDAO
        sp += 32
        copy(sp, PREV_RANDAO)
        break
      case 0x45: // GASLIMIT
        sp += 32
        setU64(sp, load<u64>(GAS_LIMIT))
        break
      case 0x46: // CHAINID
        sp += 32
        copy(sp, CHAIN_ID)
        break
      case 0x47: // SELFBALANCE
        sp += 32
        copy(sp, load<usize>(frame, ACCOUNT) + BALANCE)
        break
      case 0x48: // BASEFEE
        sp += 32
        copy(sp, BASE_FEE)
        break
      case 0x49: {
        // BLOBHASH
        const index = saturate(sp)
        if (index < u64(load<u32>(TX_BLOB_COUNT))) reverse(sp, load<usize>(TX_BLOB_HASHES) + (usize(index) << 5))
        else setU64(sp, 0)
        break
      }
      case 0x4a: // BLOBBASEFEE
        sp += 32
        copy(sp, BLOB_BASE_FEE)
        break

      case 0x50: // POP
        sp -= 32
        break
      case 0x51: {
        // MLOAD
        const offset = saturate(sp)
        gas = expand(gas, offset, 32)
        if (gas < 0) return halt(Halt.OutOfGas)
        reverse(sp, machine.memory + usize(offset))
        break
      }
      case 0x52: {
        // MSTORE
        const offset = saturate(sp)
        gas = expand(gas, offset, 32)
        if (gas < 0) return halt(Halt.OutOfGas)
        reverse(machine.memory + usize(offset), sp - 32)
        sp -= 64
        break
      }
      case 0x53: {
        // MSTORE8
        const offset = saturate(sp)
        gas = expand(gas, offset, 1)
        if (gas < 0) return halt(Halt.OutOfGas)
        store<u8>(machine.memory + usize(offset), u8(load<u64>(sp - 32)))
        sp -= 64
        break
      }
      case 0x54: {
        // SLOAD
        const slot = slotAt(load<usize>(frame, ACCOUNT), sp)
        gas -= accessSlot(slot)
        if (gas < 0) return halt(Halt.OutOfGas)
        copy(sp, slot + SLOT_CURRENT)
        break
      }
      case 0x55: // SSTORE
        if (load<u32>(frame, IS_STATIC) != 0) return halt(Halt.StaticViolation)
        gas = storeSlot(load<usize>(frame, ACCOUNT), sp, sp - 32, gas)
        if (gas < 0) return halt(Halt.OutOfGas)
        sp -= 64
        break
      case 0x56: // JUMP
      case 0x57: {
        // JUMPI
        const target = saturate(sp)
        if (opcode == 0x57) {
          sp -= 64
          if (isZero(sp + 32)) break
        } else {
          sp -= 32
        }
        if (target >= u64(load<u32>(frame, CODE_SIZE))) return halt(Halt.InvalidJump)
        if (bitmap == 0) {
          if (!isDestination(frame, u32(target))) return halt(Halt.InvalidJump)
          bitmap = load<u32>(frame, JUMPDESTS)
        } else if (((u32(load<u8>(bitmap + (usize(target) >> 3))) >> (u32(target) & 7)) & 1) == 0) {
          return halt(Halt.InvalidJump)
        }
        if (sizeof<Mode>() == sizeof<Profiled>()) profileJump(profile, ip - code, u32(target))
        const to = code + usize(target)
        // Less the bytes executed since the last jump: from turn to turn, the places that it went to cancel out.
        machine.workLeft += i32(to - ip) - JUMP_WORK
        ip = to
        if (machine.workLeft < 0) {
          store<u32>(frame, ip, IP)
          store<u32>(frame, sp, SP)
          store<i64>(frame, gas, GAS)
          return Exit.Yield
        }
        continue
      }
      case 0x58: // PC
        sp += 32
        setU64(sp, u64(ip - code))
        break
      case 0x59: // MSIZE
        sp += 32
        setU64(sp, machine.memorySize)
        break
      case 0x5a: // GAS
        sp += 32
        setU64(sp, u64(gas))
        break
      case 0x5b: // JUMPDEST
        break
      case 0x5c: // TLOAD
        copy(sp, transientAt(load<usize>(frame, ACCOUNT), sp) + SLOT_CURRENT)
        break
      case 0x5d: // TSTORE
        if (load<u32>(frame, IS_STATIC) != 0) return halt(Halt.StaticViolation)
        setSlot(transientAt(load<usize>(frame, ACCOUNT), sp), sp - 32)
        sp -= 64
        break
      case 0x5e: {
        // MCOPY
        const to = saturate(sp)
        const from = saturate(sp - 32)
        const size = saturate(sp - 64)
        gas -= 3 * wordsOf(size)
        if (gas < 0) return halt(Halt.OutOfGas)
        gas = expand(gas, max<u64>(to, from), size)
        if (gas < 0) return halt(Halt.OutOfGas)
        if (size != 0) memory.copy(machine.memory + usize(to), machine.memory + usize(from), usize(size))
        sp -= 96
        break
      }
      case 0x5f: // PUSH0
        sp += 32
        setU64(sp, 0)
        break
      case 0x60: // PUSH1
        sp += 32
        setU64(sp, load<u8>(ip, 1))
        ip += 2
        continue
      case 0x61: // PUSH2
        sp += 32
        setU64(sp, bswap<u16>(load<u16>(ip, 1)))
        ip += 3
        continue
      case 0x63: // PUSH4
        sp += 32
        setU64(sp, bswap<u32>(load<u32>(ip, 1)))
        ip += 5
        continue
      case 0x73: // PUSH20
        sp += 32
        fromAddress(sp, ip + 1)
        ip += 21
        continue
      case 0x7f: // PUSH32
        sp += 32
        reverse(sp, ip + 1)
        ip += 33
        continue
      case 0x62:
      case 0x64:
      case 0x65:
      case 0x66:
      case 0x67:
      case 0x68:
      case 0x69:
      case 0x6a:
      case 0x6b:
      case 0x6c:
      case 0x6d:
      case 0x6e:
      case 0x6f:
      case 0x70:
      case 0x71:
      case 0x72:
      case 0x74:
      case 0x75:
      case 0x76:
      case 0x77:
      case 0x78:
      case 0x79:
      case 0x7a:
      case 0x7b:
      case 0x7c:
      case 0x7d:
      case 0x7e: {
        // PUSH3 … PUSH31
        const size = usize(opcode - 0x5f)
        sp += 32
        fromBytes(sp, ip + 1, size)
        ip += 1 + size
        continue
      }
      case 0x80:
      case 0x81:
      case 0x82:
      case 0x83:
      case 0x84:
      case 0x85:
      case 0x86:
      case 0x87:
      case 0x88:
      case 0x89:
      case 0x8a:
      case 0x8b:
      case 0x8c:
      case 0x8d:
      case 0x8e:
      case 0x8f:
        // DUP1 … DUP16
        copy(sp + 32, sp - (usize(opcode - 0x80) << 5))
        sp += 32
        break
      case 0x90:
      case 0x91:
      case 0x92:
      case 0x93:
      case 0x94:
      case 0x95:
      case 0x96:
      case 0x97:
      case 0x98:
      case 0x99:
      case 0x9a:
      case 0x9b:
      case 0x9c:
      case 0x9d:
      case 0x9e:
      case 0x9f:
        // SWAP1 … SWAP16
        swap(sp, sp - (usize(opcode - 0x8f) << 5))
        break
      case 0xa0:
      case 0xa1:
      case 0xa2:
      case 0xa3:
      case 0xa4: {
        // LOG0 … LOG4
        if (load<u32>(frame, IS_STATIC) != 0) return halt(Halt.StaticViolation)
        const topics = opcode - 0xa0
        gas = emitLog(sp, topics, gas)
        if (gas < 0) return halt(Halt.OutOfGas)
        sp -= usize(topics + 2) << 5
        break
      }
      case 0xf0: // CREATE
      case 0xf1: // CALL
      case 0xf2: // CALLCODE
      case 0xf4: // DELEGATECALL
      case 0xf5: // CREATE2
      case 0xfa: // STATICCALL
        store<u32>(frame, ip, IP)
        store<u32>(frame, sp, SP)
        store<i64>(frame, gas, GAS)
        return Exit.Call
      case 0xf3: // RETURN
      case 0xfd: {
        // REVERT
        const offset = saturate(sp)
        const size = saturate(sp - 32)
        gas = expand(gas, offset, size)
        if (gas < 0) return halt(Halt.OutOfGas)
        machine.output = size == 0 ? machine.memory : machine.memory + usize(offset)
        machine.outputSize = usize(size)
        store<u32>(frame, ip, IP)
        store<i64>(frame, gas, GAS)
        return opcode == 0xf3 ? Exit.Return : Exit.Revert
      }
      case 0xff: {
        // SELFDESTRUCT
        if (load<u32>(frame, IS_STATIC) != 0) return halt(Halt.StaticViolation)
        gas = selfDestruct(load<usize>(frame, ACCOUNT), sp, gas)
        if (gas < 0) return halt(Halt.OutOfGas)
        machine.outputSize = 0
        store<u32>(frame, ip, IP)
        store<i64>(frame, gas, GAS)
        return Exit.Return
      }
      default:
        // The opcode table lets nothing else through.
        return halt(Halt.InvalidOpcode)
    }
    ip++
    if (sizeof<Mode>() == sizeof<Single>()) {
      store<u32>(frame, ip, IP)
      store<u32>(frame, sp, SP)
      store<i64>(frame, gas, GAS)
      return Exit.Stepped
    }
  }
  return Exit.Halt
}
