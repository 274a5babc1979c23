/** Pushing and popping call frames. */
import { copy } from '../math/u256'
import { bitmapSize, codeBytes, codeLength, PADDING } from '../world/codes'
import { journalPosition, revertTo } from '../world/journal'
import { reserve, STACKS } from '../world/layout'
import { logCount, logPosition, revertLogs } from '../world/logs'
import {
  ACCOUNT,
  CALLER,
  CODE_RECORD,
  CODE_SIZE,
  CODE_START,
  frameAt,
  GAS,
  INIT_BITMAP,
  INPUT,
  INPUT_SIZE,
  IP,
  IS_CREATE,
  IS_STATIC,
  JUMPDESTS,
  MEMORY_SIZE,
  MEMORY_START,
  NATIVE,
  OUTPUT,
  OUTPUT_SIZE,
  SNAPSHOT_JOURNAL,
  SNAPSHOT_LOG_COUNT,
  SNAPSHOT_LOGS,
  SNAPSHOT_REFUND,
  SP,
  STACK_BASE,
  VALUE,
} from './frame'
import { machine } from './machine'
import { STEPWISE } from './native'

/** Notes in the frame-to-be at `frame` where the state stands now; it fails back to here. */
export function takeSnapshot(frame: usize): void {
  store<u32>(frame, journalPosition(), SNAPSHOT_JOURNAL)
  store<u32>(frame, logPosition(), SNAPSHOT_LOGS)
  store<u32>(frame, logCount(), SNAPSHOT_LOG_COUNT)
  store<i64>(frame, machine.refund, SNAPSHOT_REFUND)
}

export function revertToSnapshot(frame: usize): void {
  revertTo(load<u32>(frame, SNAPSHOT_JOURNAL))
  revertLogs(load<u32>(frame, SNAPSHOT_LOGS), load<u32>(frame, SNAPSHOT_LOG_COUNT))
  machine.refund = load<i64>(frame, SNAPSHOT_REFUND)
}

/** Where the next frame's memory arena begins. */
// @ts-ignore: decorator
@inline
export function arenaTop(): usize {
  return machine.memory + machine.memorySize
}

/**
 * Makes `frame`, one deeper than the current one, current. The caller has set its snapshot, gas, value, caller, input and
 * output fields; here it gets its code, stack and memory.
 */
function enter(frame: usize, parent: usize, account: usize, isStatic: u32, isCreate: u32, memoryStart: usize): void {
  const stack: usize = parent == 0 ? STACKS : load<u32>(parent, SP)
  if (parent != 0) {
    store<u32>(parent, machine.memory, MEMORY_START)
    store<u32>(parent, machine.memorySize, MEMORY_SIZE)
  }
  store<u32>(frame, account, ACCOUNT)
  store<u32>(frame, isStatic, IS_STATIC)
  store<u32>(frame, isCreate, IS_CREATE)
  store<u32>(frame, stack, STACK_BASE)
  store<u32>(frame, stack, SP)
  store<u32>(frame, 0, JUMPDESTS)
  store<u32>(frame, load<u32>(frame, CODE_START), IP)
  if (STEPWISE) store<u32>(frame, 0, NATIVE)
  machine.frame = frame
  machine.memory = memoryStart
  machine.memorySize = 0
  machine.returnSize = 0
}

export function enterCode(frame: usize, parent: usize, account: usize, record: usize, isStatic: u32): void {
  store<u32>(frame, codeBytes(record), CODE_START)
  store<u32>(frame, codeLength(record), CODE_SIZE)
  store<u32>(frame, record, CODE_RECORD)
  enter(frame, parent, account, isStatic, 0, arenaTop())
}

/** A frame that runs a precompile instead of code, in builds that work step by step. */
export function enterNative(frame: usize, parent: usize, operation: u32, input: usize, inputSize: usize): void {
  store<u32>(frame, input, INPUT)
  store<u32>(frame, inputSize, INPUT_SIZE)
  enter(frame, parent, 0, 0, 0, arenaTop())
  store<u32>(frame, operation, NATIVE)
}

/** As enterCode, with init code copied in front of the frame's memory. False when memory is exhausted. */
export function enterInitCode(frame: usize, parent: usize, account: usize, code: usize, size: usize): bool {
  const start = arenaTop()
  const bitmap = (start + size + PADDING + 7) & ~7
  const memoryStart = (bitmap + bitmapSize(u32(size)) + 31) & ~31
  if (!reserve(memoryStart)) return false
  memory.copy(start, code, size)
  memory.fill(start + size, 0, PADDING)
  store<u32>(frame, start, CODE_START)
  store<u32>(frame, size, CODE_SIZE)
  store<u32>(frame, 0, CODE_RECORD)
  store<u32>(frame, bitmap, INIT_BITMAP)
  store<u32>(frame, 0, INPUT)
  store<u32>(frame, 0, INPUT_SIZE)
  store<u32>(frame, 0, OUTPUT)
  store<u32>(frame, 0, OUTPUT_SIZE)
  enter(frame, parent, account, 0, 1, memoryStart)
  return true
}

export function setMessage(frame: usize, gas: i64, caller: usize, value: usize): void {
  store<i64>(frame, gas, GAS)
  memory.copy(frame + CALLER, caller, 20)
  copy(frame + VALUE, value)
}

/** The parent of the frame that ended becomes current again. */
export function leave(): usize {
  machine.depth--
  const parent = frameAt(machine.depth)
  machine.frame = parent
  machine.memory = load<u32>(parent, MEMORY_START)
  machine.memorySize = load<u32>(parent, MEMORY_SIZE)
  return parent
}
