/** CREATE and CREATE2, and what becomes of the returned code. */
import { keccak256 } from '../crypto/keccak'
import { fromAddress, reverse, saturate, setU64 } from '../math/u256'
import { ADDRESS, hasCode, INCARNATION, NONCE } from '../world/account'
import { hasStorage } from '../world/backend'
import { SCRATCH } from '../world/layout'
import { accountAt, canPay, createContract, setCode, setNonce, transfer, warm } from '../world/state'
import { allButOne64th, answer, fail } from './calls'
import { MAX_CODE_SIZE } from './environment'
import { BERLIN, HOMESTEAD, LONDON, SHANGHAI, SPURIOUS_DRAGON, TANGERINE_WHISTLE } from './forks'
import { ACCOUNT, frameAt, GAS, IS_STATIC, MAX_DEPTH, SP } from './frame'
import { enterInitCode, revertToSnapshot, setMessage, takeSnapshot } from './frames'
import { machine } from './machine'
import { expand, wordsOf } from './memory'
import { Exit, Halt } from './outcome'
import { TRACE, traceCharged, traceEnter, traceExit } from './trace'

const CREATE2: u32 = 0xf5
const CODE_BYTE: i64 = 200

/** Exit.Halt: the current frame failed. Otherwise a new frame is current, or the current one has its answer. */
export function beginCreate(opcode: u32): Exit {
  const fork = machine.fork
  const frame = machine.frame
  if (load<u32>(frame, IS_STATIC) != 0) return fail(Halt.StaticViolation)
  const sp: usize = load<u32>(frame, SP)
  const words: usize = opcode == CREATE2 ? 4 : 3
  const offset = saturate(sp - 32)
  const size = saturate(sp - 64)
  let gas = load<i64>(frame, GAS)
  if (fork >= SHANGHAI) {
    if (size > u64(load<u32>(MAX_CODE_SIZE)) * 2) return fail(Halt.InitcodeTooLarge)
    gas -= 2 * wordsOf(size)
  }
  if (opcode == CREATE2) gas -= 6 * wordsOf(size)
  if (gas < 0) return fail(Halt.OutOfGas)
  gas = expand(gas, offset, size)
  if (gas < 0) return fail(Halt.OutOfGas)
  if (TRACE) traceCharged(gas)
  const code = machine.memory + (size == 0 ? 0 : usize(offset))

  machine.returnSize = 0
  const creator: usize = load<u32>(frame, ACCOUNT)
  const nonce = load<u64>(creator, NONCE)
  if (machine.depth >= MAX_DEPTH || !canPay(creator, sp) || nonce == u64.MAX_VALUE) {
    if (TRACE) {
      const offered = fork >= TANGERINE_WHISTLE ? allButOne64th(gas) : gas
      traceEnter(opcode, creator + ADDRESS, 0, sp, code, usize(size), offered)
      traceExit(Exit.Halt, refusal(creator, sp), offered, 0, 0)
    }
    store<i64>(frame, gas, GAS)
    answer(frame, words, 0)
    return Exit.Call
  }
  const childGas = fork >= TANGERINE_WHISTLE ? allButOne64th(gas) : gas
  store<i64>(frame, gas - childGas, GAS)
  if (opcode == CREATE2) create2Address(creator + ADDRESS, sp - 96, code, usize(size))
  else createAddress(creator + ADDRESS, nonce)
  const created = accountAt(SCRATCH)
  if (TRACE) traceEnter(opcode, creator + ADDRESS, created + ADDRESS, sp, code, usize(size), childGas)
  setNonce(creator, nonce + 1)
  if (fork >= BERLIN) warm(created)
  if (collides(created)) {
    if (TRACE) traceExit(Exit.Halt, Halt.CreateCollision, 0, 0, 0)
    answer(frame, words, 0)
    return Exit.Call
  }
  const child = frameAt(machine.depth + 1)
  setMessage(child, childGas, creator + ADDRESS, sp)
  store<u32>(frame, sp - (words << 5), SP)
  if (!enterCreate(child, frame, creator, created, sp, code, usize(size))) {
    if (TRACE) traceExit(Exit.Halt, Halt.OutOfGas, 0, 0, 0)
    revertToSnapshot(child)
    return fail(Halt.OutOfGas)
  }
  machine.depth++
  return Exit.Call
}

/** Why a creation does not begin. */
function refusal(creator: usize, value: usize): Halt {
  if (machine.depth >= MAX_DEPTH) return Halt.CallDepth
  return canPay(creator, value) ? Halt.NonceOverflow : Halt.InsufficientBalance
}

/** Begins the contract and its frame. `parent` is 0 for a transaction. False when memory is exhausted. */
export function enterCreate(
  child: usize,
  parent: usize,
  creator: usize,
  created: usize,
  value: usize,
  code: usize,
  size: usize,
): bool {
  takeSnapshot(child)
  createContract(created)
  if (machine.fork >= SPURIOUS_DRAGON) setNonce(created, 1)
  transfer(creator, created, value)
  return enterInitCode(child, parent, created, code, size)
}

/** EIP-684 and EIP-7610: a contract, a used account or one with storage is in the way. */
export function collides(account: usize): bool {
  if (load<u64>(account, NONCE) != 0 || hasCode(account)) return true
  return load<u32>(account, INCARNATION) == 0 && hasStorage(account + ADDRESS) != 0
}

/** Writes keccak(rlp([creator, nonce]))'s last 20 bytes to SCRATCH. */
export function createAddress(creator: usize, nonce: u64): void {
  const at = SCRATCH + 64
  const nonceBytes = 8 - (i32(clz<u64>(nonce)) >> 3)
  const nonceSize = nonce < 128 ? 1 : 1 + nonceBytes
  store<u8>(at, 0xc0 + 21 + nonceSize)
  store<u8>(at, 0x94, 1)
  memory.copy(at + 2, creator, 20)
  if (nonce == 0) {
    store<u8>(at, 0x80, 22)
  } else if (nonce < 128) {
    store<u8>(at, u8(nonce), 22)
  } else {
    store<u8>(at, 0x80 + nonceBytes, 22)
    for (let i = 0; i < nonceBytes; i++) store<u8>(at + 23 + i, u8(nonce >> ((nonceBytes - 1 - i) << 3)))
  }
  keccak256(at, 22 + nonceSize, at + 64)
  memory.copy(SCRATCH, at + 76, 20)
}

/** EIP-1014: keccak(0xff ‖ creator ‖ salt ‖ keccak(init code)), the last 20 bytes to SCRATCH. */
function create2Address(creator: usize, salt: usize, code: usize, size: usize): void {
  const at = SCRATCH + 64
  store<u8>(at, 0xff)
  memory.copy(at + 1, creator, 20)
  reverse(at + 21, salt)
  keccak256(code, size, at + 53)
  keccak256(at, 85, at + 96)
  memory.copy(SCRATCH, at + 108, 20)
}

/** Deploys the current frame's output, charging the frame's gas; Halt.None, or why the creation fails. */
export function deploy(frame: usize): Halt {
  const fork = machine.fork
  const size = machine.outputSize
  const gas = load<i64>(frame, GAS) - i64(size) * CODE_BYTE
  if (fork >= SPURIOUS_DRAGON && size > usize(load<u32>(MAX_CODE_SIZE))) return Halt.CodeTooLarge
  if (fork >= LONDON && size > 0 && load<u8>(machine.output) == 0xef) return Halt.InvalidCode
  if (gas < 0) {
    // Frontier keeps the contract, without code.
    if (fork >= HOMESTEAD) return Halt.OutOfGas
    machine.outputSize = 0
    return Halt.None
  }
  store<i64>(frame, gas, GAS)
  setCode(load<u32>(frame, ACCOUNT), machine.output, u32(size))
  return Halt.None
}

/** Pushes the new contract's address, or 0, on the creator's stack. */
export function answerCreate(creator: usize, created: usize): void {
  const sp: usize = load<u32>(creator, SP) + 32
  if (created == 0) setU64(sp, 0)
  else fromAddress(sp, created + ADDRESS)
  store<u32>(creator, sp, SP)
}
