import { noBlock } from '../abi.js'
import { type Block, jumpdest } from '../blocks.js'
import type { Schedule } from '../schedule.js'
import type { Bets } from './bets.js'
import { arrive, join, type Meeting, replace, type State } from './state.js'
import { constant, isConstantValue, maxWord, type Value } from './value.js'
import { type Ending, type Visitor, type WalkContext, walk } from './walk.js'

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
  /** The only way that leads here so far. */
  source: number | undefined
  /** Slots that are taken to be small, and for how many bits. */
  readonly bets: Map<number, number>
  /** It is known to have been run, or nothing is known. */
  isHot: boolean
  visits: number
  queued: boolean
}

/** A way to another node; without one the code is left at `pc`, or ends there when no jump may go to it. */
export type Edge = { pc: number; target: Node | undefined; invalid: boolean; resumes: boolean }

export type Assumptions = {
  /** Keys of nodes that can be entered with their stack in memory. */
  separate: ReadonlySet<string>
  /** Keys of nodes that may take words for small: heads of loops. */
  heads: ReadonlySet<string>
  bets: Bets
}

export type Limits = {
  nodes: number
  /** Nodes of one block; heights of the stack at which it is looked at. */
  contexts: number
  heights: number
  /** Words on the stack. */
  depth: number
  /** Instructions looked at and words compared, for each byte of code. */
  work: number
}

/** Every analysis may do so much, however short the code. */
const leastWork = 20_000

export type CodeContext = {
  code: Uint8Array
  schedule: Schedule
  blockAt: ReadonlyMap<number, Block>
  /** The code's entry table: see `Compiled.table`. */
  table: Uint16Array
  /** How often each JUMPDEST was passed, as far as known. */
  visits?: ReadonlyMap<number, number> | undefined
}

/** A value's id tells its node and its place in it: instructions from 1 on, then phis, one for each stack slot. */
const idsPerNode = 8_192
const firstPhi = 4_096

/** Same return address so often on the stack: the code calls itself. */
const recursion = 2

/** Whether a value was computed by the node itself, rather than before it or where ways meet. */
export const isComputedBy = (node: Node, id: number): boolean =>
  id > node.index * idsPerNode && id < node.index * idsPerNode + firstPhi

export const isPhiOf = (node: Node, id: number, slot: number): boolean =>
  id === node.index * idsPerNode + firstPhi + slot

/**
 * Finds out where control can go, by running all blocks on what is known of the stack until nothing new turns up. A return address is
 * known where it was pushed, so a block is looked at once for each combination of addresses below it: internal functions appear
 * once for each place that calls them. Where that does not end, or a jump's target is not known, the way leads out of the graph.
 */
export class Graph {
  readonly nodes: Node[] = []
  readonly #byKey = new Map<string, Node>()
  readonly #contexts = new Map<Block, { nodes: number; heights: Set<number> }>()
  /** What has been run comes first: the budget may end before the rest. */
  readonly #hot: Node[] = []
  readonly #cold: Node[] = []
  readonly #context: WalkContext
  readonly #pushes = new Map<number, Value>()
  #work = 0

  /** @param assumptions without them, the graph only tells where control can go, and that in much less time */
  constructor(
    private readonly c: CodeContext,
    private readonly assumptions: Assumptions | undefined,
    private readonly limits: Limits,
  ) {
    this.#context = {
      schedule: c.schedule,
      pushed: (pc, size) => this.#pushed(pc, size),
      expected: (pc, opcode) => assumptions?.bets.bitsRead(pc, opcode),
      onlyShape: assumptions === undefined,
    }
    const most = leastWork + limits.work * c.code.length
    this.#reach(0, { stack: [], memory: 0 }, { node: undefined, source: -1, resumes: false })
    for (let node = this.#next(); node !== undefined; node = this.#next()) {
      node.queued = false
      node.visits++
      this.#work += node.block.instructions.length + node.state.stack.length
      if (this.#work > most) throw new TooLarge(this.nodes.length)
      this.#look(node)
    }
  }

  get work(): number {
    return this.#work
  }

  /** Nodes that control can reach, first the code's beginning. */
  reachable(): Node[] {
    const seen = new Set<Node>([this.nodes[0]!])
    for (const node of seen) for (const { target } of node.edges) if (target) seen.add(target)
    return [...seen]
  }

  /** Walks a node once more, for the one who visits its instructions. */
  walk(node: Node, state: State, visitor: Visitor): Ending {
    return walk(node.block, state, node.index * idsPerNode, this.#context, visitor).ending
  }

  #look(node: Node): void {
    const { block, state } = node
    const height = state.stack.length
    node.left = this.#whyLeft(block, height)
    node.edges = []
    if (node.left !== undefined) return
    const { ending, steady } = walk(block, state, node.index * idsPerNode, this.#context)
    node.steady = steady
    if (isJump(ending) && !isConstantValue(ending.target)) {
      node.left = 'a jump whose target is not known'
      return
    }
    if (isJump(ending) && this.#isWithinRow(ending.target.max)) {
      node.left = 'a jump into a row of JUMPDESTs'
      return
    }
    node.edges = waysOut(ending, block).map(({ pc, jumps, state, resumes }, way) => {
      const invalid = jumps && !this.#isJumpdest(pc)
      const source = node.index * 2 + way
      const target = invalid ? undefined : this.#reach(Number(pc), state, { node, source, resumes })
      return { pc: invalid ? -1 : Number(pc), target, invalid, resumes }
    })
  }

  #whyLeft(block: Block, height: number): string | undefined {
    if (block.needs > height) return 'takes more from the stack than there is'
    if (height + block.grows > this.limits.depth) return 'a stack too high'
    return undefined
  }

  #reach(pc: number, state: State, from: Way): Node | undefined {
    const block = this.c.blockAt.get(pc)
    if (block === undefined) throw new GraphError(`no block at ${pc}`)
    const key = keyOf(pc, state)
    if (key === undefined) return undefined
    const known = this.#byKey.get(key)
    if (known === undefined) return this.#add(key, block, state, from)
    this.#work += state.stack.length
    if (known.source !== from.source) known.source = undefined
    const meeting = this.#meeting(known)
    const joined =
      known.source === undefined ? join(known.state, state, meeting) : replace(known.state, state, meeting)
    if (joined !== known.state) {
      known.state = joined
      this.#enqueue(known)
    }
    return known
  }

  #add(key: string, block: Block, state: State, { node: from, source, resumes }: Way): Node | undefined {
    if (this.nodes.length >= this.limits.nodes || !this.#hasRoom(block, state.stack.length)) return undefined
    const node: Node = {
      index: this.nodes.length,
      key,
      block,
      state,
      steady: false,
      edges: [],
      separate: resumes || this.assumptions?.separate.has(key) === true,
      assumes: this.assumptions?.heads.has(key) === true,
      left: undefined,
      source,
      bets: new Map(),
      isHot: this.#isHot(block, from),
      visits: 0,
      queued: false,
    }
    node.state = arrive(state, this.#meeting(node))
    this.nodes.push(node)
    this.#byKey.set(key, node)
    this.#enqueue(node)
    return node
  }

  #hasRoom(block: Block, height: number): boolean {
    const known = this.#contexts.get(block) ?? { nodes: 0, heights: new Set() }
    this.#contexts.set(block, known)
    if (known.nodes >= this.limits.contexts) return false
    if (known.heights.size >= this.limits.heights && !known.heights.has(height)) return false
    known.nodes++
    known.heights.add(height)
    return true
  }

  /** Only jump destinations are counted; other blocks go with those before them. */
  #isHot({ start }: Block, from: Node | undefined): boolean {
    const visits = this.c.visits
    if (visits === undefined || from === undefined) return true
    return this.c.code[start] === jumpdest ? (visits.get(start) ?? 0) > 0 : from.isHot
  }

  #enqueue(node: Node): void {
    if (node.queued) return
    node.queued = true
    if (node.isHot) this.#hot.push(node)
    else this.#cold.push(node)
  }

  #next(): Node | undefined {
    return this.#hot.shift() ?? this.#cold.shift()
  }

  #meeting(node: Node): Meeting {
    return {
      phi: (slot) => node.index * idsPerNode + firstPhi + slot,
      separate: node.separate,
      cap: (slot, max, wide) => this.#cap(node, slot, max, wide),
      widen: node.visits > 2,
    }
  }

  #cap(node: Node, slot: number, max: bigint, wide: boolean): bigint | undefined {
    const known = node.bets.has(slot)
    if (!node.assumes || (max >> 64n === 0n && !known)) return undefined
    const bits = this.assumptions!.bets.bitsFor(node, slot, wide)
    // A bet that is called off: ways that were cut to it may bring anything.
    if (bits === undefined) return node.bets.delete(slot) ? maxWord : undefined
    node.bets.set(slot, bits)
    return (1n << BigInt(bits)) - 1n
  }

  #pushed(pc: number, size: number): Value {
    const known = this.#pushes.get(pc)
    if (known) return known
    let value = 0n
    // Code that ends within the immediate goes on with zeros.
    for (let i = 1; i <= size; i++) value = (value << 8n) | BigInt(this.c.code[pc + i] ?? 0)
    const made = constant(value, this.#isJumpdest(value))
    this.#pushes.set(pc, made)
    return made
  }

  /** A JUMPDEST that begins no block. */
  #isWithinRow(offset: bigint): boolean {
    return offset < BigInt(this.c.code.length) && this.c.table[Number(offset)] === noBlock
  }

  #isJumpdest(offset: bigint): boolean {
    if (offset >= BigInt(this.c.code.length)) return false
    const at = Number(offset)
    return this.c.code[at] === jumpdest && this.c.blockAt.has(at)
  }
}

/** The code does not lend itself to this compiler. */
export class GraphError extends Error {
  override readonly name = 'GraphError'
}

/** More than the budget has room for: less of the code may fit. */
export class TooLarge extends GraphError {
  constructor(readonly nodes: number) {
    super('too large')
  }
}

const isJump = (ending: Ending): ending is Extract<Ending, { kind: 'jump' | 'branch' }> =>
  ending.kind === 'jump' || ending.kind === 'branch'

type WayOut = { pc: bigint; jumps: boolean; state: State; resumes: boolean }

/** A way from a node, or into the code. */
type Way = { node: Node | undefined; source: number; resumes: boolean }

/** Where control goes from the end of a block: a branch's target first. */
export function waysOut(ending: Ending, block: Block): WayOut[] {
  const next = { pc: BigInt(block.end), jumps: false, resumes: false }
  switch (ending.kind) {
    case 'jump':
      return [{ pc: ending.target.max, jumps: true, state: ending.state, resumes: false }]
    case 'branch':
      return [
        { pc: ending.target.max, jumps: true, state: ending.taken, resumes: false },
        { ...next, state: ending.next },
      ]
    case 'next':
      return [{ ...next, state: ending.state }]
    case 'call':
      return [{ ...next, state: ending.state, resumes: true }]
    default:
      return []
  }
}

/** Block, stack height and the return addresses in it; `undefined` when the code has called itself too often. */
function keyOf(pc: number, { stack }: State): string | undefined {
  let key = `${pc}/${stack.length}`
  const seen = new Map<bigint, number>()
  for (const [slot, { label, max }] of stack.entries()) {
    if (!label) continue
    const times = (seen.get(max) ?? 0) + 1
    if (times > recursion) return undefined
    seen.set(max, times)
    key += ` ${slot}:${max}`
  }
  return key
}
