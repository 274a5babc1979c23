/**
 * The one loop that executes a transaction's frames. A tier takes the current frame as far as its next call or its end and
 * returns why it stopped; the driver pushes and pops frames. Nothing of the EVM's depth is on the native stack.
 */
import { setU64 } from '../math/u256'
import { RETURN_DATA, RETURN_DATA_END } from '../world/layout'
import { beginCall, copyReturnData, fail } from './calls'
import { answerCreate, beginCreate, deploy } from './creates'
import { ACCOUNT, GAS, IP, IS_CREATE, OUTPUT, OUTPUT_SIZE, SP } from './frame'
import { leave, revertToSnapshot } from './frames'
import { machine } from './machine'
import { STEPWISE } from './native'
import { Exit, Halt } from './outcome'
import { execute } from './tier'
import { TRACE, traceCharged, traceExit } from './trace'

/**
 * Runs the current frame, at depth 0, to its end. Its gas field then has the gas left, `machine.output` what it returned
 * or reverted with, `machine.halt` why it failed. The state is as the frame left it, or as before when it failed. In a build
 * that works step by step it comes back after each turn, with Exit.Yield while the frame has not ended.
 */
export function run(): Exit {
  let exit: Exit
  do {
    exit = execute()
    if (exit == Exit.Yield) {
      if (STEPWISE) return exit
      continue
    }
    if (exit == Exit.Call) {
      const opcode = u32(load<u8>(load<u32>(machine.frame, IP)))
      exit = opcode == 0xf0 || opcode == 0xf5 ? beginCreate(opcode) : beginCall(opcode)
      if (exit == Exit.Call) continue
    }
    if (TRACE && exit != Exit.Halt) traceCharged(load<i64>(machine.frame, GAS))
    exit = settle(exit)
    if (TRACE) traceExit(exit, machine.halt, load<i64>(machine.frame, GAS), machine.output, machine.outputSize)
    if (machine.depth == 0) return exit
    resume(exit)
  } while (true)
}

/** Ends the current frame: deploys code, goes back to the snapshot when it failed. */
function settle(exit: Exit): Exit {
  const frame = machine.frame
  if (exit == Exit.Return && load<u32>(frame, IS_CREATE) != 0) {
    const reason = deploy(frame)
    if (reason != Halt.None) exit = fail(reason)
  } else if (exit != Exit.Halt && machine.outputSize > RETURN_DATA_END - RETURN_DATA) {
    exit = fail(Halt.OutOfGas)
  }
  if (exit == Exit.Return) return exit
  revertToSnapshot(frame)
  if (exit == Exit.Halt) {
    store<i64>(frame, 0, GAS)
    machine.outputSize = 0
  }
  return exit
}

/** Gives the ended frame's result to its parent, which goes on behind its call. */
function resume(exit: Exit): void {
  const child = machine.frame
  const parent = leave()
  store<i64>(parent, load<i64>(parent, GAS) + load<i64>(child, GAS), GAS)
  store<u32>(parent, load<u32>(parent, IP) + 1, IP)
  if (load<u32>(child, IS_CREATE) != 0) {
    // Only a reverting creation has return data (EIP-211).
    machine.returnSize = exit == Exit.Revert ? machine.outputSize : 0
    if (machine.returnSize != 0) memory.copy(RETURN_DATA, machine.output, machine.returnSize)
    answerCreate(parent, exit == Exit.Return ? load<usize>(child, ACCOUNT) : 0)
    return
  }
  machine.returnSize = machine.outputSize
  if (machine.returnSize != 0) memory.copy(RETURN_DATA, machine.output, machine.returnSize)
  copyReturnData(load<u32>(child, OUTPUT), load<u32>(child, OUTPUT_SIZE))
  const sp: usize = load<u32>(parent, SP) + 32
  setU64(sp, u64(exit == Exit.Return))
  store<u32>(parent, sp, SP)
}
