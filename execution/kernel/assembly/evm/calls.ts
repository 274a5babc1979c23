/** CALL, CALLCODE, DELEGATECALL and STATICCALL: from the caller's stack to a running frame, or to an answer at once. */
import { isZero, saturate, setU64 } from '../math/u256'
import { ADDRESS, EXISTS, isDead, isPrecompile } from '../world/account'
import { precompile } from '../world/backend'
import { codeLength } from '../world/codes'
import { RETURN_DATA, RETURN_DATA_END, SCRATCH } from '../world/layout'
import { canPay, codeOf, transfer } from '../world/state'
import { accessAccount } from './access'
import { delegateOf, isDelegated } from './delegation'
import { accountOfWord } from './external'
import { SPURIOUS_DRAGON, TANGERINE_WHISTLE } from './forks'
import {
  ACCOUNT,
  CALLER,
  frameAt,
  GAS,
  INPUT,
  INPUT_SIZE,
  IP,
  IS_STATIC,
  MAX_DEPTH,
  OUTPUT,
  OUTPUT_SIZE,
  SP,
  VALUE,
} from './frame'
import { enterCode, enterNative, revertToSnapshot, setMessage, takeSnapshot } from './frames'
import { machine } from './machine'
import { expand } from './memory'
import { nativeOperation, runNative, STEPWISE } from './native'
import { Exit, Halt } from './outcome'
import { TRACE, traceCharged, traceEnter, traceExit } from './trace'

const CALL: u32 = 0xf1
const CALLCODE: u32 = 0xf2
const DELEGATECALL: u32 = 0xf4
const STATICCALL: u32 = 0xfa

const VALUE_GAS: i64 = 9000
const STIPEND: i64 = 2300
const NEW_ACCOUNT: i64 = 25000

const ZERO: usize = memory.data(32, 8)

/** Where the precompile leaves the size of its output. */
const OUTPUT_SIZE_CELL: usize = SCRATCH + 64

export function fail(reason: Halt): Exit {
  machine.halt = reason
  return Exit.Halt
}

/** Replaces the current frame's top `words` stack words by one small number and goes on behind the opcode. */
export function answer(frame: usize, words: usize, value: u64): void {
  const sp: usize = load<usize>(frame, SP) - ((words - 1) << 5)
  setU64(sp, value)
  store<u32>(frame, sp, SP)
  store<u32>(frame, load<u32>(frame, IP) + 1, IP)
}

/** 63/64 of the gas (EIP-150). */
// @ts-ignore: decorator
@inline
export function allButOne64th(gas: i64): i64 {
  return gas - (gas >> 6)
}

/** Exit.Halt: the current frame failed. Otherwise a new frame is current, or the current one has its answer. */
export function beginCall(opcode: u32): Exit {
  const fork = machine.fork
  const frame = machine.frame
  const sp: usize = load<u32>(frame, SP)
  const hasValue = opcode == CALL || opcode == CALLCODE
  const words: usize = hasValue ? 7 : 6
  const value = hasValue ? sp - 64 : ZERO
  const args = hasValue ? sp - 96 : sp - 64
  const inputSize = saturate(args - 32)
  const outputSize = saturate(args - 96)
  const carriesValue = hasValue && !isZero(value)
  if (opcode == CALL && carriesValue && load<u32>(frame, IS_STATIC) != 0) return fail(Halt.StaticViolation)

  let gas = expand(load<i64>(frame, GAS), saturate(args), inputSize)
  if (gas < 0) return fail(Halt.OutOfGas)
  gas = expand(gas, saturate(args - 64), outputSize)
  if (gas < 0) return fail(Halt.OutOfGas)
  const input = machine.memory + (inputSize == 0 ? 0 : usize(saturate(args)))
  const output = machine.memory + (outputSize == 0 ? 0 : usize(saturate(args - 64)))

  const target = accountOfWord(sp - 32)
  gas -= accessAccount(target)
  if (carriesValue) gas -= VALUE_GAS
  if (opcode == CALL) {
    const creates = fork >= SPURIOUS_DRAGON ? carriesValue && isDead(target) : load<u32>(target, EXISTS) == 0
    if (creates) gas -= NEW_ACCOUNT
  }
  if (gas < 0) return fail(Halt.OutOfGas)
  let code = target
  if (isDelegated(target)) {
    // An account that delegates to itself pays for the second access too.
    code = delegateOf(target)
    gas -= accessAccount(code)
    if (gas < 0) return fail(Halt.OutOfGas)
  }

  const wanted = saturate(sp)
  const most = fork >= TANGERINE_WHISTLE ? allButOne64th(gas) : gas
  let childGas = most
  if (wanted < u64(most)) childGas = i64(wanted)
  else if (fork < TANGERINE_WHISTLE && wanted > u64(gas)) return fail(Halt.OutOfGas)
  gas -= childGas
  if (TRACE) traceCharged(gas)
  if (carriesValue) childGas += STIPEND

  machine.returnSize = 0
  const account: usize = load<u32>(frame, ACCOUNT)
  if (TRACE) {
    const passed = opcode == DELEGATECALL ? frame + VALUE : value
    traceEnter(opcode, account + ADDRESS, target + ADDRESS, passed, input, usize(inputSize), childGas)
  }
  if (machine.depth >= MAX_DEPTH || (carriesValue && !canPay(account, value))) {
    if (TRACE) {
      const reason = machine.depth >= MAX_DEPTH ? Halt.CallDepth : Halt.InsufficientBalance
      traceExit(Exit.Halt, reason, childGas, 0, 0)
    }
    store<i64>(frame, gas + childGas, GAS)
    answer(frame, words, 0)
    return Exit.Call
  }
  store<i64>(frame, gas, GAS)

  const child = frameAt(machine.depth + 1)
  takeSnapshot(child)
  if (opcode == CALL || opcode == STATICCALL) transfer(opcode == CALL ? account : target, target, value)
  const isStatic = opcode == STATICCALL ? 1 : load<u32>(frame, IS_STATIC)

  if (isPrecompile(target)) {
    const passed = opcode == DELEGATECALL ? frame + VALUE : value
    if (STEPWISE) {
      const operation = nativeOperation(target)
      if (operation != 0) {
        setMessage(child, childGas, account + ADDRESS, passed)
        store<u32>(child, output, OUTPUT)
        store<u32>(child, u32(outputSize), OUTPUT_SIZE)
        store<u32>(frame, sp - (words << 5), SP)
        enterNative(child, frame, operation, input, usize(inputSize))
        machine.depth++
        return Exit.Call
      }
    }
    const left = runPrecompile(target, account, passed, isStatic, input, usize(inputSize), childGas)
    if (left < 0) revertToSnapshot(child)
    else store<i64>(frame, gas + left, GAS)
    copyReturnData(output, usize(outputSize))
    if (TRACE) {
      const exit = left < 0 ? Exit.Halt : Exit.Return
      traceExit(exit, Halt.PrecompileFailure, max<i64>(left, 0), RETURN_DATA, machine.returnSize)
    }
    answer(frame, words, left < 0 ? 0 : 1)
    return Exit.Call
  }
  const record = codeOf(code)
  if (codeLength(record) == 0 || isPrecompile(code)) {
    if (TRACE) traceExit(Exit.Return, Halt.None, childGas, 0, 0)
    store<i64>(frame, gas + childGas, GAS)
    answer(frame, words, 1)
    return Exit.Call
  }
  if (opcode == DELEGATECALL) setMessage(child, childGas, frame + CALLER, frame + VALUE)
  else setMessage(child, childGas, account + ADDRESS, value)
  store<u32>(child, input, INPUT)
  store<u32>(child, u32(inputSize), INPUT_SIZE)
  store<u32>(child, output, OUTPUT)
  store<u32>(child, u32(outputSize), OUTPUT_SIZE)
  // The answer replaces the arguments when the child ends.
  store<u32>(frame, sp - (words << 5), SP)
  enterCode(child, frame, opcode == CALL || opcode == STATICCALL ? target : account, record, isStatic)
  machine.depth++
  return Exit.Call
}

/** Runs a precompile into the return data; returns the gas left, -1 when it failed. */
export function runPrecompile(
  target: usize,
  account: usize,
  value: usize,
  isStatic: u32,
  input: usize,
  inputSize: usize,
  gas: i64,
): i64 {
  // A tracer asks the host for the reason of a failure.
  const operation = STEPWISE || TRACE ? 0 : nativeOperation(target)
  if (operation != 0) return runNative(operation, value, input, inputSize, gas)
  const cost = precompile(
    target + ADDRESS,
    account + ADDRESS,
    value,
    isStatic != 0,
    input,
    inputSize,
    gas,
    RETURN_DATA,
    RETURN_DATA_END - RETURN_DATA,
    OUTPUT_SIZE_CELL,
  )
  if (cost < 0 || cost > gas) {
    machine.returnSize = 0
    return -1
  }
  machine.returnSize = load<u32>(OUTPUT_SIZE_CELL)
  return gas - cost
}

/** Copies the return data to the caller's memory, as far as they fit. */
export function copyReturnData(output: usize, outputSize: usize): void {
  const size = min<usize>(outputSize, machine.returnSize)
  if (size != 0) memory.copy(output, RETURN_DATA, size)
}
