import { noBlock } from '../abi.js'
import { type Block, jumpdest } from '../blocks.js'
import type { Schedule } from '../schedule.js'
import type { Bets } from './bets.js'
import { Contexts, hasLabelsOf, isRecursive } from './contexts.js'
import { type Edge, Node, noEdges, type Procedure } from './node.js'
import { idOf, joinResults, returnAddress, startOf } from './procedures.js'
import type { Pushes } from './pushes.js'
import { arriveShape, joinResultShapes, meetShape, walkShape } from './shape.js'
import { arrive, join, type Meeting, replace, type State } from './state.js'
import { constant, isConstantValue, max64, maxWord, type Value } from './value.js'
import { type Ending, type Visitor, type WalkContext, walk } from './walk.js'
import { Worklist } from './worklist.js'

export type Assumptions = {
  /** Keys of nodes that can be entered with their stack in memory. */
  separate: ReadonlySet<string>
  /** Keys of nodes that may take words for small: heads of loops. */
  heads: ReadonlySet<string>
  /** By key: a node is looked at before those that it leads to, loops aside. */
  order: ReadonlyMap<string, number>
  bets: Bets
}

export type Limits = {
  nodes: number
  /** Nodes of one block; heights of the stack at which it is looked at. */
  contexts: number
  heights: number
  /** Words on the stack. */
  depth: number
  /** Instructions looked at and words compared, for each byte of code; half of it where only the ways of control are asked for. */
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
}

export type GraphContext = CodeContext & {
  pushes: Pushes
  /** How often each JUMPDEST was passed, as far as known. */
  visits: ReadonlyMap<number, number> | undefined
}

/** A value's id tells its node and its place in it: instructions from 1 on, then phis, one for each stack slot. */
const idsPerNode = 8_192
const firstPhi = 4_096

/** Ids for what a procedure called by the node leaves on the stack. */
const firstResult = firstPhi + 2_048

/** What a procedure leaves, as words that the calling node made. */
export const resultsAt = (node: Node, results: readonly Value[]): Value[] =>
  results.map((v, i) =>
    isConstantValue(v) ? constant(v.max) : { ...v, id: node.index * idsPerNode + firstResult + i },
  )

/** In place of a node's way out: the source of what comes from a procedure's callers. */
const fromCaller = -2

/** Added to the priority of nodes that have not been run. */
const cold = 1e9

/** Whether a value was computed by the node itself, rather than before it or where ways meet. */
export const isComputedBy = (node: Node, id: number): boolean =>
  id > node.index * idsPerNode && id < node.index * idsPerNode + firstPhi

/** The address that a procedure goes back to, where it begins. */
const wayBackOf = ({ index }: Node): Value => ({ ...returnAddress, id: index * idsPerNode + firstPhi })

export const isPhiOf = (node: Node, id: number, slot: number): boolean =>
  id === node.index * idsPerNode + firstPhi + slot

/**
 * Finds out where control can go, by running all blocks on what is known of the stack until nothing new turns up. A return address is
 * known where it was pushed, so a block is looked at once for each combination of addresses below it: internal functions appear
 * once for each place that calls them. Where that does not end, or a jump's target is not known, the way leads out of the graph.
 */
export class Graph {
  readonly nodes: Node[] = []
  readonly #contexts: Contexts
  readonly #worklist = new Worklist<Node>()
  readonly #context: WalkContext
  readonly #procedures = new Map<number, Procedure>()
  readonly #chosenStarts: ReadonlySet<number>
  /** By the procedure that there would be: the return addresses with which it was jumped to. */
  readonly calls = new Map<number, Set<number>>()
  /** Somewhere there was no room for another context, or the code called itself. */
  isCut = false
  #work = 0

  /**
   * @param assumptions without them, the graph only tells where control can go, as far as the budget reaches, and that in much less time
   * @param chosen ids of the procedures: what jumps to them calls them
   */
  constructor(
    private readonly c: GraphContext,
    private readonly assumptions: Assumptions | undefined,
    private readonly limits: Limits,
    private readonly chosen: ReadonlySet<number> = new Set(),
  ) {
    this.#chosenStarts = new Set(Array.from(chosen, startOf))
    this.#contexts = new Contexts(limits)
    this.#context = {
      schedule: c.schedule,
      pushes: c.pushes,
      expected: (pc, opcode) => assumptions?.bets.bitsRead(pc, opcode),
    }
    const most = leastWork + (assumptions ? limits.work : limits.work >> 1) * c.code.length
    this.#reach(0, { stack: [], memory: 0 }, undefined, -1, undefined, false)
    for (let node = this.#worklist.take(); node !== undefined; node = this.#worklist.take()) {
      node.queued = false
      node.visits++
      this.#work += node.block.instructions.length + node.state.stack.length
      if (this.#work > most) {
        this.isCut = true
        if (assumptions === undefined) return
        throw new TooLarge(this.nodes.length)
      }
      this.#look(node)
    }
  }

  get work(): number {
    return this.#work
  }

  /** Nodes that control can reach, first the code's beginning. */
  reachable(): Node[] {
    const seen = new Set<Node>([this.nodes[0]!])
    for (const node of seen) {
      for (const { target } of node.edges) if (target) seen.add(target)
      if (node.invokes) seen.add(node.invokes.procedure.entry)
    }
    return [...seen]
  }

  /** Walks a node once more, for the one who visits its instructions. */
  walk(node: Node, state: State, visitor: Visitor): Ending {
    return walk(node.block, state, node.index * idsPerNode, this.#context, visitor).ending
  }

  #look(node: Node): void {
    const { block, state } = node
    node.left = this.#whyLeft(block, state.stack.length)
    const before = node.edges
    node.edges = noEdges
    node.invokes = undefined
    node.returns = false
    if (node.left !== undefined) return
    const ending = this.#run(node)
    switch (ending.kind) {
      case 'jump':
        if (this.#calls(node, ending) || this.#returns(node, ending) || !this.#isPlain(node, ending.target))
          return
        node.edges = [this.#edge(node, 0, ending.target, ending.state, before)]
        break
      case 'branch':
        if (!this.#isPlain(node, ending.target)) return
        node.edges = [
          this.#edge(node, 0, ending.target, ending.taken, before),
          this.#edge(node, 1, undefined, ending.next, before),
        ]
        break
      case 'next':
        node.edges = [this.#edge(node, 0, undefined, ending.state, before)]
        break
      case 'call':
        node.edges = [this.#edge(node, 0, undefined, ending.state, before, true)]
    }
  }

  /** Whether it is known where a jump goes. */
  #isPlain(node: Node, target: Value): boolean {
    if (!isConstantValue(target)) node.left = 'a jump whose target is not known'
    else if (this.#isWithinRow(Number(target.max))) node.left = 'a jump into a row of JUMPDESTs'
    return node.left === undefined
  }

  /** The way to a jump's target, or else to what comes behind the node's block. */
  #edge(
    node: Node,
    way: number,
    jumpsTo: Value | undefined,
    state: State,
    before: readonly Edge[],
    resumes = false,
  ): Edge {
    const pc = jumpsTo ? Number(jumpsTo.max) : node.block.end
    if (jumpsTo && !this.#isJumpdest(pc)) return { pc: -1, target: undefined, invalid: true, resumes }
    const source = node.index * 2 + way
    const known = way < before.length ? before[way]!.target : undefined
    let target: Node | undefined
    // Only what the code begins with can be entered behind a call.
    if (!resumes || node.home === undefined)
      target =
        known && known.block.start === pc && hasLabelsOf(known.state.stack, state.stack)
          ? this.#meet(known, state, source)
          : this.#reach(pc, state, node, source, node.home, resumes)
    return { pc, target, invalid: false, resumes }
  }

  #run(node: Node): Ending {
    const { block, state, index } = node
    if (this.assumptions === undefined) return walkShape(block, state, this.c.schedule, this.c.pushes)
    const { ending, steady } = walk(block, state, index * idsPerNode, this.#context)
    node.steady = steady
    return ending
  }

  /** Takes the jump for a call, when it leads to a procedure and there is a return address where that expects it. */
  #calls(node: Node, { target, state: { stack, memory } }: Jump): boolean {
    if (!isConstantValue(target)) return false
    const pc = Number(target.max)
    if (!this.#isJumpdest(pc)) return false
    const mayCall = this.#chosenStarts.has(pc)
    let isTopmost = true
    for (let slot = stack.length - 1; slot >= 0; slot--) {
      const { label, max } = stack[slot]!
      if (!label) continue
      const words = stack.length - slot
      const id = idOf(pc, words)
      // What takes words from below the return address is a part of its caller, which others share.
      if (isTopmost && this.c.blockAt.get(pc)!.needs <= words) this.#note(id, Number(max))
      isTopmost = false
      if (!mayCall) return false
      if (!this.chosen.has(id)) continue
      // Numbers that happen to be some JUMPDEST's offset are arguments like others.
      const taken = stack.slice(slot + 1).map((v) => (v.label ? constant(v.max) : v))
      const procedure = this.#procedure(id, pc, [returnAddress, ...taken], memory, node)
      if (procedure === undefined) return false
      procedure.callers.add(node)
      node.invokes = { procedure, slot }
      node.steady = false
      const { results } = procedure
      if (results === undefined) return true
      const left = this.assumptions ? resultsAt(node, results) : results
      const behind = { stack: [...stack.slice(0, slot), ...left], memory }
      const next = this.#reach(Number(max), behind, node, node.index * 2, node.home, false)
      node.edges = [{ pc: Number(max), target: next, invalid: false, resumes: false }]
      return true
    }
    return false
  }

  #note(id: number, from: number): void {
    const known = this.calls.get(id)
    if (known) known.add(from)
    else this.calls.set(id, new Set([from]))
  }

  #procedure(id: number, pc: number, stack: Value[], memory: number, caller: Node): Procedure | undefined {
    const known = this.#procedures.get(id)
    const procedure = known ?? ({ id, callers: new Set(), results: undefined } as unknown as Procedure)
    const entry = this.#reach(pc, { stack, memory }, caller, fromCaller, procedure, false)
    if (entry === undefined) return undefined
    if (known) return known
    procedure.entry = entry
    this.#procedures.set(id, procedure)
    return procedure
  }

  /** Takes the jump for the way back from the procedure, when its target is what the procedure was called with. */
  #returns(node: Node, { target, state: { stack } }: Jump): boolean {
    const { home } = node
    if (home === undefined || isConstantValue(target)) return false
    if (!isPhiOf(home.entry, target.id, 0)) return false
    const results = this.assumptions
      ? joinResults(home.results, stack)
      : joinResultShapes(home.results, stack)
    if (results === undefined) {
      node.left = 'comes back with another stack'
      return true
    }
    node.returns = true
    if (results !== home.results) {
      home.results = results
      for (const caller of home.callers) this.#enqueue(caller)
    }
    return true
  }

  #whyLeft(block: Block, height: number): string | undefined {
    if (block.needs > height) return 'takes more from the stack than there is'
    if (height + block.grows > this.limits.depth) return 'a stack too high'
    return undefined
  }

  #reach(
    pc: number,
    state: State,
    from: Node | undefined,
    source: number,
    home: Procedure | undefined,
    resumes: boolean,
  ): Node | undefined {
    const block = this.c.blockAt.get(pc)
    if (block === undefined) throw new GraphError(`no block at ${pc}`)
    const known = this.#contexts.find(block, state.stack, home)
    if (known) return this.#meet(known, state, source)
    const hasRoom = this.nodes.length < this.limits.nodes && this.#contexts.hasRoom(block, state.stack.length)
    if (hasRoom && !isRecursive(state.stack)) return this.#add(block, state, from, source, home, resumes)
    this.isCut = true
    return undefined
  }

  /** One more way, or the same once more, leads to a node; `undefined` when it may not. */
  #meet(known: Node, state: State, source: number): Node | undefined {
    this.#work += state.stack.length
    // A procedure may go back to its own beginning, but not with another way back than its caller's.
    const isBeginning = source !== fromCaller && known.home?.entry === known
    if (isBeginning && !isPhiOf(known, state.stack[0]!.id, 0)) return undefined
    if (known.source !== source) known.source = undefined
    const joined = this.#joined(known, state)
    if (joined !== known.state) {
      known.state = joined
      this.#enqueue(known)
    }
    return known
  }

  #joined(known: Node, state: State): State {
    const isOnlyWay = known.source !== undefined
    if (this.assumptions === undefined) {
      const brought = known.separate ? arriveShape(state, true, undefined) : state
      return meetShape(known.state, brought, isOnlyWay, known.home?.entry === known ? 1 : 0)
    }
    const meeting = this.#meeting(known)
    return isOnlyWay ? replace(known.state, state, meeting) : join(known.state, state, meeting)
  }

  #add(
    block: Block,
    state: State,
    from: Node | undefined,
    source: number,
    home: Procedure | undefined,
    resumes: boolean,
  ): Node {
    const { assumptions } = this
    const isEntry = home !== undefined && home !== from?.home
    const node = new Node(this.nodes.length, block, state, home, this.#isHot(block, from))
    node.separate = resumes || isEntry || assumptions?.separate.has(node.key) === true
    if (!isEntry) node.source = source
    node.priority = this.#priority(node)
    if (assumptions) {
      node.assumes = assumptions.heads.has(node.key)
      if (node.assumes) node.bets = new Map()
      node.state = arrive(state, this.#meeting(node))
    } else node.state = arriveShape(state, node.separate, isEntry ? wayBackOf(node) : undefined)
    this.nodes.push(node)
    this.#contexts.add(node)
    this.#enqueue(node)
    return node
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
    this.#worklist.add(node, node.priority)
  }

  /** What has been run comes first: the budget may end before the rest. Nodes of which no order is known come as they are found. */
  #priority(node: Node): number {
    const order = this.assumptions?.order.get(node.key) ?? this.limits.nodes + this.nodes.length
    return node.isHot ? order : cold + order
  }

  #meeting(node: Node): Meeting {
    return {
      firstPhi: node.index * idsPerNode + firstPhi,
      separate: node.separate,
      cap: node.assumes ? (slot, max, wide) => this.#cap(node, slot, max, wide) : undefined,
      widen: node.visits > 2,
    }
  }

  #cap(node: Node, slot: number, max: bigint, wide: boolean): bigint | undefined {
    const known = node.bets.has(slot)
    if (max <= max64 && !known) return undefined
    const bits = this.assumptions!.bets.bitsFor(node, slot, wide)
    // A bet that is called off: ways that were cut to it may bring anything.
    if (bits === undefined) return node.bets.delete(slot) ? maxWord : undefined
    node.bets.set(slot, bits)
    return (1n << BigInt(bits)) - 1n
  }

  /** A JUMPDEST that begins no block. */
  #isWithinRow(offset: number): boolean {
    return offset < this.c.code.length && this.c.table[offset] === noBlock
  }

  #isJumpdest(offset: number): boolean {
    const { code, blockAt } = this.c
    return offset < code.length && code[offset] === jumpdest && blockAt.has(offset)
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

type Jump = Extract<Ending, { kind: 'jump' }>

type WayOut = { pc: bigint; jumps: boolean; state: State; resumes: boolean }

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
