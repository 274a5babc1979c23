/**
 * Tells the host's tracer what the EVM does; takes the place of evm/trace.ts in the trace build. The host says which opcodes
 * it wants to hear of (`WANTED`), as a call out of WebAssembly costs more than most opcodes.
 */
import { ADDRESS } from '../world/account'
import { ACCOUNT, CODE_START, STACK_BASE } from '../evm/frame'
import { machine } from '../evm/machine'
import { Exit, Halt } from '../evm/outcome'

export const TRACE: bool = true

/** A byte per opcode: 1 when the host wants its steps. */
const WANTED: usize = memory.data(256)
/** See tracing/records.ts of metisvm for the fields. */
const STEP: usize = memory.data(64, 8)
const MESSAGE: usize = memory.data(48, 8)
/** Steps between two calls of `tick`, with which the host bounds a trace. */
const STEPS_PER_TICK: u32 = 4096

let stepOpen: bool = false
let steps: u32 = 0

// @ts-ignore: decorator
@external('env', 'traceTick')
declare function tick(): void
// @ts-ignore: decorator
@external('env', 'traceStep')
declare function step(): void
/** The step before is over; `halted` unless the frame goes on or ended well. */
// @ts-ignore: decorator
@external('env', 'traceStepEnd')
declare function stepEnd(halted: u32): void
// @ts-ignore: decorator
@external('env', 'traceEnter')
declare function enter(message: usize): void
// @ts-ignore: decorator
@external('env', 'traceExit')
declare function exited(exit: u32, reason: u32, gasLeft: i64, output: usize, outputSize: usize): void
// @ts-ignore: decorator
@external('env', 'traceLog')
declare function log(record: usize): void
// @ts-ignore: decorator
@external('env', 'traceSelfDestruct')
declare function selfDestructed(account: usize, beneficiary: usize, balance: usize): void

/** For the host: where it marks the opcodes that it wants. */
export function wantedOpcodes(): usize {
  return WANTED
}

/** For the host: the record of the last step, be it one that it did not want. */
export function stepRecord(): usize {
  return STEP
}

/** For the host, before a transaction: forgets what an aborted one left. */
export function resetTrace(): void {
  stepOpen = false
}

function closeStep(gas: i64, halted: u32): void {
  stepOpen = false
  store<i64>(STEP, gas, 48)
  // A failed frame's refund is taken back already.
  if (halted == 0) store<i64>(STEP, machine.refund, 40)
  stepEnd(halted)
}

export function traceStep(ip: usize, opcode: u32, gas: i64, sp: usize): void {
  if (stepOpen) closeStep(gas, 0)
  if (++steps % STEPS_PER_TICK == 0) tick()
  const frame = machine.frame
  // Of an unwanted step too: it may be the one that fails.
  store<u32>(STEP, u32(ip - load<usize>(frame, CODE_START)))
  store<u32>(STEP, opcode, 4)
  store<i64>(STEP, gas, 8)
  store<u32>(STEP, sp, 16)
  store<u32>(STEP, load<u32>(frame, STACK_BASE), 20)
  store<u32>(STEP, 0, 56)
  if (load<u8>(WANTED + usize(opcode)) == 0) return
  store<u32>(STEP, machine.memory, 24)
  store<u32>(STEP, machine.memorySize, 28)
  store<u32>(STEP, machine.returnSize, 32)
  store<u32>(STEP, load<u32>(frame, ACCOUNT) + ADDRESS, 36)
  store<i64>(STEP, machine.refund, 40)
  stepOpen = true
  step()
}

export function traceCharged(gas: i64): void {
  store<u32>(STEP, 1, 56)
  if (stepOpen) closeStep(gas, 0)
}

export function traceEnter(
  opcode: u32,
  from: usize,
  to: usize,
  value: usize,
  input: usize,
  inputSize: usize,
  gas: i64,
): void {
  store<u32>(MESSAGE, opcode)
  store<u32>(MESSAGE, from, 4)
  store<u32>(MESSAGE, to, 8)
  store<u32>(MESSAGE, value, 12)
  store<u32>(MESSAGE, input, 16)
  store<u32>(MESSAGE, inputSize, 20)
  store<i64>(MESSAGE, gas, 24)
  enter(MESSAGE)
}

export function traceExit(exit: Exit, reason: Halt, gasLeft: i64, output: usize, outputSize: usize): void {
  if (stepOpen) closeStep(0, exit == Exit.Halt ? u32(reason) : 0)
  exited(exit, exit == Exit.Halt ? reason : Halt.None, gasLeft, output, outputSize)
}

export function traceLog(record: usize): void {
  log(record)
}

export function traceSelfDestruct(account: usize, beneficiary: usize, balance: usize): void {
  selfDestructed(account, beneficiary, balance)
}
