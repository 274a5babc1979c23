import type { Block } from '../blocks.js'
import { nameOf } from './procedures.js'
import type { State } from './state.js'
import type { Value } from './value.js'

/** Slots that are taken to be small, and for how many bits. */
export type NodeBets = Map<number, number>

/** A block in one context: with one stack height, and with one way back at each place of the stack that holds one. */
export class Node {
  /** See {@link Walked}. */
  steady = false
  /** In the order in which {@link waysOut} lists them. */
  edges: readonly Edge[] = noEdges
  /** Every slot that is no constant has its own value here: the stack may come from memory. */
  separate = false
  /** Takes words of its stack for smaller than they might be; ways in check that, and may not get here. */
  assumes = false
  /** Left to the universal tier, and why. */
  left: string | undefined = undefined
  /** It ends with a call of a procedure, whose return address is in that slot. */
  invokes: { procedure: Procedure; slot: number } | undefined = undefined
  /** It ends with the jump back from its procedure. */
  returns = false
  /** The only way that leads here so far. */
  source: number | undefined = undefined
  bets: NodeBets = noBets
  visits = 0
  /** When it is looked at, among those that are to be. */
  priority = 0
  queued = false
  #key: string | undefined = undefined

  constructor(
    readonly index: number,
    readonly block: Block,
    public state: State,
    /** The procedure that it is part of; without one, it is part of what the code begins with. */
    readonly home: Procedure | undefined,
    /** It is known to have been run, or nothing is known. */
    readonly isHot: boolean,
  ) {}

  /** Names block and context; the same in every analysis of the same code. */
  get key(): string {
    this.#key ??= keyOf(this.block.start, this.state.stack, this.home)
    return this.#key
  }
}

/** Of a node that was not looked at yet, or that control does not leave. */
export const noEdges: readonly Edge[] = []
const noBets: NodeBets = new Map()

/** Block, stack height and the return addresses in it, which no node ever changes. */
function keyOf(pc: number, stack: readonly Value[], home: Procedure | undefined): string {
  let key = home ? `${nameOf(home.id)}: ${pc}/${stack.length}` : `${pc}/${stack.length}`
  for (let slot = 0; slot < stack.length; slot++) {
    const { label, max } = stack[slot]!
    if (label) key += ` ${slot}:${Number(max)}`
  }
  return key
}

/** A way to another node; without one the code is left at `pc`, or ends there when no jump may go to it. */
export type Edge = { pc: number; target: Node | undefined; invalid: boolean; resumes: boolean }

/**
 * An internal function that is compiled once for all of its callers. Its stack begins with the return address, the words above it are its
 * arguments; what is below belongs to its callers, and is not seen.
 */
export type Procedure = {
  /** See `idOf`: where it begins, and how many words it is called with. */
  readonly id: number
  entry: Node
  /** What it leaves in place of return address and arguments; `undefined` while it is not known to come back. */
  results: readonly Value[] | undefined
  readonly callers: Set<Node>
}
