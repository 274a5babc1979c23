import type { Word } from '../word.js'
import type { Cells } from './cells.js'
import type { Output } from './registers.js'
import type { StackMemory } from './stackMemory.js'
import type { Value } from './value.js'
import type { Words } from './words.js'

/** What the code for an instruction is made with. */
export type LowerContext = {
  out: Output
  words: Words
  stack: StackMemory
  cells: Cells
  /** Words on the stack before the instruction. */
  depth: number
  /** Within a loop or a procedure: speed goes before size. */
  hot: boolean
}

/** The kernel computes it, on the stack in memory. */
export function helper(c: LowerContext, name: Parameters<StackMemory['call']>[0], result: Value): Word {
  return c.stack.call(name, result.made!.operands, c.depth, result.max)
}
