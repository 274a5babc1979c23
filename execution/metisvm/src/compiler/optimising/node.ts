import type { Block } from '../blocks.js'
import type { State } from './state.js'
import type { Value } from './value.js'

/** A block in one context: with one stack height, and with one way back at each place of the stack that holds one. */
export type Node = {
  readonly index: number
  /** Names block and context; the same in every analysis of the same code. */
  readonly key: string
  readonly block: Block
  state: State
  /** See {@link Walked}. */
  steady: boolean
  /** In the order in which {@link waysOut} lists them. */
  edges: Edge[]
  /** Every slot that is no constant has its own value here: the stack may come from memory. */
  readonly separate: boolean
  /** Takes words of its stack for smaller than they might be; ways in check that, and may not get here. */
  readonly assumes: boolean
  /** Left to the universal tier, and why. */
  left: string | undefined
  /** The procedure that it is part of; without one, it is part of what the code begins with. */
  readonly home: Procedure | undefined
  /** It ends with a call of a procedure, whose return address is in that slot. */
  invokes: { procedure: Procedure; slot: number } | undefined
  /** It ends with the jump back from its procedure. */
  returns: boolean
  /** The only way that leads here so far. */
  source: number | undefined
  /** Slots that are taken to be small, and for how many bits. */
  readonly bets: Map<number, number>
  /** It is known to have been run, or nothing is known. */
  isHot: boolean
  visits: number
  /** When it is looked at, among those that are to be. */
  readonly priority: number
  queued: boolean
}

/** A way to another node; without one the code is left at `pc`, or ends there when no jump may go to it. */
export type Edge = { pc: number; target: Node | undefined; invalid: boolean; resumes: boolean }

/**
 * An internal function that is compiled once for all of its callers. Its stack begins with the return address, the words above it are its
 * arguments; what is below belongs to its callers, and is not seen.
 */
export type Procedure = {
  /** Where it begins, and how many words it is called with. */
  readonly name: string
  entry: Node
  /** What it leaves in place of return address and arguments; `undefined` while it is not known to come back. */
  results: readonly Value[] | undefined
  readonly callers: Set<Node>
}
