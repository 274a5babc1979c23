import { type Block, jumpdest } from '../blocks.js'
import type { Schedule } from '../schedule.js'
import { arrive, join, type Meeting, type State } from './state.js'
import { constant, isConstantValue, type Value } from './value.js'
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
  visits: number
  queued: boolean
}

/** A way to another node; without one the code is left at `pc`, or ends there when no jump may go to it. */
export type Edge = { pc: number; target: Node | undefined; invalid: boolean; resumes: boolean }

export type Assumptions = {
  /** Keys of nodes that can be entered with their stack in memory. */
  separate: ReadonlySet<string>
  /** Largest word that a node expects in a slot of its stack. */
  caps: ReadonlyMap<string, ReadonlyMap<number, bigint>>
}

export type Limits = { nodes: number; walks: number; depth: number }

export type CodeContext = {
  code: Uint8Array
  schedule: Schedule
  blockAt: ReadonlyMap<number, Block>
}

/** A value's id tells its node and its place in it: instructions from 1 on, then phis, one for each stack slot. */
const idsPerNode = 8_192
const firstPhi = 4_096

/** Same return address so often on the stack: the code calls itself. */
const recursion = 2

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
  readonly #queue: Node[] = []
  readonly #context: WalkContext
  readonly #pushes = new Map<number, Value>()
  #walks = 0

  constructor(
    private readonly c: CodeContext,
    private readonly assumptions: Assumptions,
    private readonly limits: Limits,
  ) {
    this.#context = {
      schedule: c.schedule,
      pushed: (pc, size) => this.#pushed(pc, size),
    }
    this.#reach(0, { stack: [], memory: 0 })
    for (let next = 0; next < this.#queue.length; next++) {
      const node = this.#queue[next]!
      node.queued = false
      node.visits++
      if (++this.#walks > limits.walks) throw new GraphError('analysis takes too long')
      this.#look(node)
    }
  }

  get walks(): number {
    return this.#walks
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
    node.edges = waysOut(ending, block).map(({ pc, jumps, state, resumes }) => {
      const invalid = jumps && !this.#isJumpdest(pc)
      const target = invalid ? undefined : this.#reach(Number(pc), state, resumes)
      return { pc: invalid ? -1 : Number(pc), target, invalid, resumes }
    })
  }

  #whyLeft(block: Block, height: number): string | undefined {
    if (block.needs > height) return 'takes more from the stack than there is'
    if (height + block.grows > this.limits.depth) return 'a stack too high'
    return undefined
  }

  #reach(pc: number, state: State, resumes = false): Node | undefined {
    const block = this.c.blockAt.get(pc)
    if (block === undefined) throw new GraphError(`no block at ${pc}`)
    const key = keyOf(pc, state)
    if (key === undefined) return undefined
    const known = this.#byKey.get(key)
    if (known === undefined) return this.#add(key, block, state, resumes)
    const joined = join(known.state, state, this.#meeting(known))
    if (joined !== known.state) {
      known.state = joined
      this.#enqueue(known)
    }
    return known
  }

  #add(key: string, block: Block, state: State, resumes: boolean): Node | undefined {
    if (this.nodes.length >= this.limits.nodes) return undefined
    const node: Node = {
      index: this.nodes.length,
      key,
      block,
      state,
      steady: false,
      edges: [],
      separate: resumes || this.assumptions.separate.has(key),
      assumes: this.assumptions.caps.has(key),
      left: undefined,
      visits: 0,
      queued: false,
    }
    node.state = arrive(state, this.#meeting(node))
    this.nodes.push(node)
    this.#byKey.set(key, node)
    this.#enqueue(node)
    return node
  }

  #enqueue(node: Node): void {
    if (node.queued) return
    node.queued = true
    this.#queue.push(node)
  }

  #meeting(node: Node): Meeting {
    const caps = this.assumptions.caps.get(node.key)
    return {
      phi: (slot) => node.index * idsPerNode + firstPhi + slot,
      separate: node.separate,
      cap: (slot) => caps?.get(slot),
      widen: node.visits > 2,
    }
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

const isJump = (ending: Ending): ending is Extract<Ending, { kind: 'jump' | 'branch' }> =>
  ending.kind === 'jump' || ending.kind === 'branch'

type Way = { pc: bigint; jumps: boolean; state: State; resumes: boolean }

/** Where control goes from the end of a block: a branch's target first. */
export function waysOut(ending: Ending, block: Block): Way[] {
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
