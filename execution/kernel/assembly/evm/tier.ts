/**
 * Which tier executes a frame. Tier 0, the interpreter, takes any code. Code that was compiled (metisvm/src/compiler) runs as a
 * function `(frame, entries) -> Exit` of the module's function table, and hands the frame back to the interpreter wherever
 * it cannot go on; both leave the same frame, so they can take turns at every exit.
 */
import { compiledOf, entriesOf, heat } from '../world/codes'
import { CODE_RECORD } from './frame'
import { interpret } from './interpreter'
import { machine } from './machine'
import { Exit } from './outcome'

/** Asks the host to compile the code of a record; it may do so now, later or never. */
// @ts-ignore: decorator
@external('env', 'compile')
declare function compile(record: usize): void

/** Runs of a code between two requests to compile it; 0: none is ever compiled. */
let threshold: u32 = 0

export function setThreshold(runs: u32): void {
  threshold = runs
}

export function execute(): Exit {
  const record: usize = load<u32>(machine.frame, CODE_RECORD)
  if (threshold != 0 && record != 0) {
    if (compiledOf(record) == 0 && heat(record) % threshold == 0) compile(record)
    const compiled = compiledOf(record)
    if (compiled != 0) {
      const exit: Exit = call_indirect<i32>(compiled, machine.frame, entriesOf(record))
      if (exit != Exit.Interpret) return exit
    }
  }
  return interpret()
}
