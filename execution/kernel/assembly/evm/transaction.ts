/** The state transition of one transaction: validation, gas, execution, refund, fees. */
import { isZero, reverse, setU64, sub } from '../math/u256'
import { ADDRESS, isPrecompile, NONCE } from '../world/account'
import { codeLength } from '../world/codes'
import { LOGS, RESULT, RETURN_DATA, SCRATCH } from '../world/layout'
import { logCount, revertLogs } from '../world/logs'
import {
  accountAt,
  addBalance,
  canPay,
  codeOf,
  commitTransaction,
  setNonce,
  subtractBalance,
  transfer,
  warm,
} from '../world/state'
import { slotAt, warmSlot } from '../world/storage'
import { applyAuthorizations } from './authorizations'
import { runPrecompile } from './calls'
import { collides, createAddress, enterCreate } from './creates'
import { delegateOf, isDelegated } from './delegation'
import { run } from './driver'
import {
  BASE_FEE,
  BASE_FEE_RECIPIENT,
  BLOB_BASE_FEE,
  BLOB_FEE_RECIPIENT,
  COINBASE,
  DEPOSIT,
  Relax,
  TX_ACCESS_LIST,
  TX_ACCESS_LIST_COUNT,
  TX_ARENA,
  TX_BLOB_COUNT,
  TX_DATA,
  TX_DATA_SIZE,
  TX_GAS_LIMIT,
  TX_GAS_PRICE,
  TX_HAS_TO,
  TX_MINT,
  TX_SENDER,
  TX_TO,
  TX_TYPE,
  TX_VALUE,
} from './environment'
import { BERLIN, LONDON, SHANGHAI } from './forks'
import { frameAt, GAS, INPUT, INPUT_SIZE, OUTPUT, OUTPUT_SIZE } from './frame'
import { enterCode, enterNative, revertToSnapshot, setMessage, takeSnapshot } from './frames'
import { machine } from './machine'
import { nativeOperation, STEPWISE } from './native'
import { Exit, Halt, Invalid, Status } from './outcome'
import { TRACE, traceEnter, traceExit } from './trace'
import { BLOB_GAS, computeGasPrice, floorGas, intrinsicGas, multiplyU64, relaxed, validate, validateGas } from './validate'

/** u32 each */
const RESULT_STATUS: usize = RESULT
const RESULT_HALT: usize = RESULT + 4
/** u64 each */
const RESULT_GAS_USED: usize = RESULT + 8
const RESULT_REFUNDED: usize = RESULT + 16
/** u32 each */
const RESULT_OUTPUT: usize = RESULT + 24
const RESULT_OUTPUT_SIZE: usize = RESULT + 28
const RESULT_LOG_COUNT: usize = RESULT + 32
const RESULT_HAS_CREATED: usize = RESULT + 36
/** 20 bytes */
const RESULT_CREATED: usize = RESULT + 40

const SYSTEM_GAS: i64 = 30_000_000

const AMOUNT: usize = memory.data(32, 8)

/** How the transaction at hand stands: Exit.Call while its frames are to run, else how they ended. */
let standing: Exit = Exit.Return
/** A deposit that failed before it began is already settled. */
let settled: bool = false

/** Executes the transaction in memory; Invalid.None, or why it may not be in the block (the state is then unchanged). */
export function transact(): Invalid {
  const reason = startTransaction()
  if (reason == Invalid.None) finishTransaction(runs() ? run() : standing)
  return reason
}

/** Whether frames are to run between the start and the finish of what was started. */
export function runs(): bool {
  return standing == Exit.Call
}

/**
 * Validates and pays for the transaction in memory, and enters its first frame if it has one. `finishTransaction` follows when
 * this returns Invalid.None; between the two all state is in memory and globals.
 */
export function startTransaction(): Invalid {
  begin()
  settled = false
  const sender = accountAt(TX_SENDER)
  const isDeposit = load<u32>(TX_TYPE) == DEPOSIT
  if (isDeposit) {
    setU64(TX_GAS_PRICE, 0)
    addBalance(sender, TX_MINT)
    const fault = depositFault(sender)
    if (fault != Halt.None) {
      failDeposit(sender, fault)
      settled = true
      standing = Exit.Halt
      return Invalid.None
    }
  } else {
    const reason = validate(sender)
    if (reason != Invalid.None) return reason
    computeGasPrice()
  }
  if (charges()) buyGas(sender, load<u64>(TX_GAS_LIMIT))
  if (relaxed(Relax.SkipBalance) && !canPay(sender, TX_VALUE)) addBalance(sender, TX_VALUE)

  const nonce = load<u64>(sender, NONCE)
  setNonce(sender, nonce + 1)
  if (machine.fork >= BERLIN) warmUp(sender)
  applyAuthorizations()
  standing = enter(sender, nonce, countedGas() - i64(intrinsicGas()))
  return Invalid.None
}

/** Refunds, pays and reports, after the frames ended with `exit`. */
export function finishTransaction(exit: Exit): void {
  if (settled) return
  const counted = countedGas()
  const left = u64(load<i64>(frameAt(0), GAS))
  let used = u64(counted) - left
  const refunded = min<u64>(u64(max<i64>(machine.refund, 0)), used / (machine.fork >= LONDON ? 5 : 2))
  used -= refunded
  used = max<u64>(used, floorGas())
  if (charges()) payFees(accountAt(TX_SENDER), load<u64>(TX_GAS_LIMIT), used)
  report(exit)
  store<u64>(RESULT_GAS_USED, used)
  store<u64>(RESULT_REFUNDED, refunded)
  commitTransaction()
}

function charges(): bool {
  return load<u32>(TX_TYPE) != DEPOSIT && !relaxed(Relax.SkipFees)
}

/** Gas counts in i64; what is above can never be used. */
function countedGas(): i64 {
  return i64(min<u64>(load<u64>(TX_GAS_LIMIT), i64.MAX_VALUE))
}

/** A call from the system address with gas of its own. */
export function systemCall(): void {
  startSystemCall()
  finishSystemCall(runs() ? run() : standing)
}

/** As startTransaction, for a system call. */
export function startSystemCall(): void {
  begin()
  setU64(TX_GAS_PRICE, 0)
  standing = call(accountAt(TX_SENDER), SYSTEM_GAS)
}

export function finishSystemCall(exit: Exit): void {
  report(exit)
  store<u64>(RESULT_GAS_USED, u64(SYSTEM_GAS - load<i64>(frameAt(0), GAS)))
  store<u64>(RESULT_REFUNDED, 0)
  commitTransaction()
}

/** How it ended when nothing had to run. */
export function standingExit(): Exit {
  return standing
}

function begin(): void {
  revertLogs(LOGS, 0)
  machine.refund = 0
  machine.depth = 0
  machine.halt = Halt.None
  machine.returnSize = 0
  machine.outputSize = 0
  machine.memory = load<u32>(TX_ARENA)
  machine.memorySize = 0
}

function depositFault(sender: usize): Halt {
  const reason = validateGas()
  if (reason == Invalid.InitcodeTooLarge) return Halt.InitcodeTooLarge
  if (reason != Invalid.None) return Halt.OutOfGas
  return canPay(sender, TX_VALUE) ? Halt.None : Halt.InsufficientBalance
}

/** A deposit is already paid for on the layer below: it cannot be refused, so it keeps its mint, and uses its gas. */
function failDeposit(sender: usize, fault: Halt): void {
  setNonce(sender, load<u64>(sender, NONCE) + 1)
  machine.halt = fault
  report(Exit.Halt)
  store<u32>(RESULT_HAS_CREATED, 0)
  store<u64>(RESULT_GAS_USED, load<u64>(TX_GAS_LIMIT))
  store<u64>(RESULT_REFUNDED, 0)
  commitTransaction()
}

function buyGas(sender: usize, limit: u64): void {
  multiplyU64(AMOUNT, TX_GAS_PRICE, limit)
  subtractBalance(sender, AMOUNT)
  if (load<u32>(TX_BLOB_COUNT) == 0) return
  multiplyU64(AMOUNT, BLOB_BASE_FEE, BLOB_GAS * u64(load<u32>(TX_BLOB_COUNT)))
  subtractBalance(sender, AMOUNT)
}

/** EIP-2929 and 2930: what the transaction names is warm, and its coinbase from Shanghai on (EIP-3651). */
function warmUp(sender: usize): void {
  warm(sender)
  if (load<u32>(TX_HAS_TO) != 0) warm(accountAt(TX_TO))
  if (machine.fork >= SHANGHAI) warm(accountAt(COINBASE))
  let at: usize = load<u32>(TX_ACCESS_LIST)
  for (let n = load<u32>(TX_ACCESS_LIST_COUNT); n > 0; n--) {
    const account = accountAt(at)
    warm(account)
    let keys = load<u32>(at, 20)
    at += 24
    for (; keys > 0; keys--) {
      // slotAt uses SCRATCH itself.
      reverse(AMOUNT, at)
      warmSlot(slotAt(account, AMOUNT))
      at += 32
    }
  }
}

/** Enters the first frame: Exit.Call, or how the transaction ended without one. */
function enter(sender: usize, nonce: u64, gas: i64): Exit {
  store<u32>(RESULT_HAS_CREATED, 0)
  return load<u32>(TX_HAS_TO) != 0 ? call(sender, gas) : create(sender, nonce, gas)
}

function call(sender: usize, gas: i64): Exit {
  const frame = frameAt(0)
  const target = accountAt(TX_TO)
  let code = target
  if (isDelegated(target)) {
    code = delegateOf(target)
    warm(code)
  }
  const input: usize = load<u32>(TX_DATA)
  const inputSize: usize = load<u32>(TX_DATA_SIZE)
  setMessage(frame, gas, sender + ADDRESS, TX_VALUE)
  if (TRACE) traceEnter(0xf1, sender + ADDRESS, target + ADDRESS, TX_VALUE, input, inputSize, gas)
  takeSnapshot(frame)
  transfer(sender, target, TX_VALUE)
  if (isPrecompile(target)) {
    if (STEPWISE) {
      const operation = nativeOperation(target)
      if (operation != 0) {
        enterNative(frame, 0, operation, input, inputSize)
        return Exit.Call
      }
    }
    const left = runPrecompile(target, sender, TX_VALUE, 0, input, inputSize, gas)
    store<i64>(frame, max<i64>(left, 0), GAS)
    machine.output = RETURN_DATA
    machine.outputSize = machine.returnSize
    if (TRACE) {
      const exit = left < 0 ? Exit.Halt : Exit.Return
      traceExit(exit, Halt.PrecompileFailure, max<i64>(left, 0), RETURN_DATA, machine.returnSize)
    }
    if (left >= 0) return Exit.Return
    revertToSnapshot(frame)
    machine.halt = Halt.PrecompileFailure
    return Exit.Halt
  }
  const record = codeOf(code)
  if (codeLength(record) == 0 || isPrecompile(code)) {
    if (TRACE) traceExit(Exit.Return, Halt.None, gas, 0, 0)
    return Exit.Return
  }
  store<u32>(frame, input, INPUT)
  store<u32>(frame, inputSize, INPUT_SIZE)
  store<u32>(frame, 0, OUTPUT)
  store<u32>(frame, 0, OUTPUT_SIZE)
  enterCode(frame, 0, target, record, 0)
  return Exit.Call
}

function create(sender: usize, nonce: u64, gas: i64): Exit {
  const frame = frameAt(0)
  createAddress(sender + ADDRESS, nonce)
  const created = accountAt(SCRATCH)
  memory.copy(RESULT_CREATED, created + ADDRESS, 20)
  if (machine.fork >= BERLIN) warm(created)
  setMessage(frame, gas, sender + ADDRESS, TX_VALUE)
  if (TRACE) {
    const code: usize = load<u32>(TX_DATA)
    traceEnter(0xf0, sender + ADDRESS, created + ADDRESS, TX_VALUE, code, load<u32>(TX_DATA_SIZE), gas)
  }
  if (collides(created)) {
    if (TRACE) traceExit(Exit.Halt, Halt.CreateCollision, 0, 0, 0)
    store<i64>(frame, 0, GAS)
    machine.halt = Halt.CreateCollision
    return Exit.Halt
  }
  if (!enterCreate(frame, 0, sender, created, TX_VALUE, load<u32>(TX_DATA), load<u32>(TX_DATA_SIZE))) {
    if (TRACE) traceExit(Exit.Halt, Halt.OutOfGas, 0, 0, 0)
    revertToSnapshot(frame)
    store<i64>(frame, 0, GAS)
    machine.halt = Halt.OutOfGas
    return Exit.Halt
  }
  store<u32>(RESULT_HAS_CREATED, 1)
  return Exit.Call
}

/** Gives unused gas back, and pays the coinbase and who else has a share. */
function payFees(sender: usize, limit: u64, used: u64): void {
  multiplyU64(AMOUNT, TX_GAS_PRICE, limit - used)
  addBalance(sender, AMOUNT)
  if (machine.fork >= LONDON) {
    sub(AMOUNT, TX_GAS_PRICE, BASE_FEE)
    multiplyU64(AMOUNT, AMOUNT, used)
  } else {
    multiplyU64(AMOUNT, TX_GAS_PRICE, used)
  }
  addBalance(accountAt(COINBASE), AMOUNT)
  if (load<u32>(BASE_FEE_RECIPIENT, 20) != 0) {
    multiplyU64(AMOUNT, BASE_FEE, used)
    if (!isZero(AMOUNT)) addBalance(accountAt(BASE_FEE_RECIPIENT), AMOUNT)
  }
  if (load<u32>(BLOB_FEE_RECIPIENT, 20) != 0 && load<u32>(TX_BLOB_COUNT) != 0) {
    multiplyU64(AMOUNT, BLOB_BASE_FEE, BLOB_GAS * u64(load<u32>(TX_BLOB_COUNT)))
    if (!isZero(AMOUNT)) addBalance(accountAt(BLOB_FEE_RECIPIENT), AMOUNT)
  }
}

function report(exit: Exit): void {
  store<u32>(RESULT_STATUS, exit == Exit.Return ? Status.Success : exit == Exit.Revert ? Status.Revert : Status.Halt)
  store<u32>(RESULT_HALT, exit == Exit.Halt ? machine.halt : Halt.None)
  store<u32>(RESULT_OUTPUT, machine.output)
  store<u32>(RESULT_OUTPUT_SIZE, exit == Exit.Halt ? 0 : u32(machine.outputSize))
  store<u32>(RESULT_LOG_COUNT, logCount())
}
