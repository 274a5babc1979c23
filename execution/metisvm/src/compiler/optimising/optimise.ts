import type { Assumption, RegionReport } from '../report.js'
import { findAssumptions, type Trust } from './assume.js'
import { type Flow, structure } from './flow.js'
import { GasPlan } from './gas.js'
import { type Assumptions, type CodeContext, Graph, GraphError, type Limits, type Node } from './graph.js'
import type { Guard } from './guards.js'
import { RegionCompiler } from './region.js'

export type Region = {
  body: Uint8Array
  /** Index of the first block entered at each place, by entry; entries of one block stand together. */
  entries: readonly { block: number }[]
  guards: readonly Guard[]
  report: RegionReport
}

export type OptimisingBudget = Limits & {
  /** bytes of WebAssembly in the region's function */
  wasmBytes: number
  locals: number
  guards: number
}

export const defaultOptimisingBudget: OptimisingBudget = {
  nodes: 2_500,
  walks: 40_000,
  depth: 512,
  wasmBytes: 768 * 1024,
  locals: 20_000,
  guards: 1_024,
}

/**
 * Tier 1b: one function for all of a contract that it understands.
 *
 * 1. `graph` finds out where control goes and how large words can be; 2. `flow` finds the loops; 3. `assume` chooses what to bet on at
 * their heads, and the graph is made again with that; 4. `region` generates the code. What the graph does not cover, what a bet
 * excludes and what is not worth a bet continues in the universal tier, at the start of some block.
 *
 * @throws GraphError when the code is beyond the budget, or gains nothing
 */
export function optimise(
  code: CodeContext,
  blockCount: number,
  trust: Trust,
  budget: OptimisingBudget = defaultOptimisingBudget,
): Region {
  const { graph, flow, entries, heads, assumptions } = analyse(code, trust, budget)
  const yields = new Set(heads.filter((node) => node.separate))
  const region = new RegionCompiler({
    graph,
    flow,
    gas: new GasPlan(flow, code.schedule),
    entries,
    yields,
    code,
    blockCount,
  }).compile()
  if (region.body.length > budget.wasmBytes) throw new GraphError('the function would be too large')
  if (region.locals > budget.locals) throw new GraphError('too many local variables')
  if (region.guards.length > budget.guards) throw new GraphError('too many guards')
  const nodes = flow.places.flatMap(({ node }) => node ?? [])
  const report: RegionReport = {
    nodes: nodes.length,
    blocks: new Set(nodes.map(({ block }) => block)).size,
    loops: flow.places.filter(({ isLoop }) => isLoop).length,
    dispatchers: flow.dispatchers.length,
    entries: [...new Set(entries.map(({ block }) => block.start))],
    left: nodes.flatMap(({ left, block }) => (left === undefined ? [] : { pc: block.start, reason: left })),
    assumptions,
    guards: region.guards,
    walks: graph.walks,
    wasmBytes: region.body.length,
    locals: region.locals,
  }
  return {
    body: region.body,
    entries: entries.map(({ block }) => ({ block: block.index })),
    guards: region.guards,
    report,
  }
}

type Analysis = {
  graph: Graph
  flow: Flow
  entries: Node[]
  /** Heads of loops that no other loop contains. */
  heads: Node[]
  assumptions: Assumption[]
}

/** Assumptions change the graph, and the graph what is to be assumed: a few rounds settle it. */
const rounds = 4

function analyse(code: CodeContext, trust: Trust, limits: Limits): Analysis {
  let made: Assumptions = { separate: new Set(), caps: new Map() }
  let told: Assumption[] = []
  for (let round = 0; round < rounds; round++) {
    const graph = new Graph(code, made, limits)
    const nodes = graph.reachable()
    const first = graph.nodes[0]!
    if (first.left !== undefined) throw new GraphError(first.left)
    const resumed = nodes.flatMap(({ edges }) =>
      edges.flatMap(({ target, resumes }) => (target && resumes ? target : [])),
    )
    const heads = outermostHeads(structure(nodes, unique([first, ...resumed])))
    const entries = unique([first, ...resumed, ...heads]).sort((a, b) => a.block.index - b.block.index)
    const flow = structure(nodes, entries)
    // Behind a dispatcher, what was computed before it may lie on another way.
    const routed = flow.dispatchers.flatMap(({ successors }) => successors.flatMap(({ node }) => node ?? []))
    const separate = [...resumed, ...heads, ...routed].filter((node) => node !== first)
    const isSettled = separate.every((node) => node.separate)
    if (isSettled && (round > 0 || flow.places.every(({ isLoop }) => !isLoop)))
      return { graph, flow, entries, heads, assumptions: told }
    const found = findAssumptions(flow, trust, made)
    told = found.told
    made = { separate: new Set([...made.separate, ...separate.map(({ key }) => key)]), caps: found.caps }
  }
  throw new GraphError('its loops change as they are looked at')
}

const unique = (nodes: Node[]): Node[] => [...new Set(nodes)]

function outermostHeads({ places }: Flow): Node[] {
  return places.flatMap(({ node, isLoop, loopDepth }) => (node && isLoop && loopDepth === 1 ? node : []))
}
