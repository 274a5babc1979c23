/**
 * Which tier executes a frame. Tier 0, the interpreter, takes any code. Code that was compiled (metisvm/src/compiler) runs as a
 * function `(frame, entries) -> Exit` of the module's function table, and hands the frame back to the interpreter wherever
 * it cannot go on; both leave the same frame, so they can take turns at every exit.
 *
 * Compiling costs time in proportion to the code's size, so it begins to pay when the interpreter has worked on the code for as
 * long. Jumps measure that work: gas does not, since storage is dear in gas and cheap in time.
 */
import { compiledOf, entriesOf, isHot, warm } from '../world/codes'
import { CODE_RECORD } from './frame'
import { interpret, JUMPS_PER_TURN } from './interpreter'
import { machine } from './machine'
import { Exit } from './outcome'

/** Asks the host to compile the code of a record; it may do so now, later or never. */
// @ts-ignore: decorator
@external('env', 'compile')
declare function compile(record: usize): void

/** Interpreted jumps for each byte of code before it is compiled. */
let jumpsPerByte: u32 = 0
let enabled: bool = false

/** `perByte` 0: code is compiled before its first run. */
export function enableCompiler(perByte: u32): void {
  enabled = true
  jumpsPerByte = perByte
}

export function execute(): Exit {
  const record: usize = load<u32>(machine.frame, CODE_RECORD)
  if (!enabled || record == 0) return interpret()
  if (compiledOf(record) == 0 && isHot(record, jumpsPerByte)) compile(record)
  const compiled = compiledOf(record)
  if (compiled != 0) {
    const exit: Exit = call_indirect<i32>(compiled, machine.frame, entriesOf(record))
    if (exit != Exit.Interpret) return exit
  }
  const exit = interpret()
  warm(record, u32(JUMPS_PER_TURN - machine.jumpsLeft))
  return exit
}
