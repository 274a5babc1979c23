import type { Profile } from '../../tiering/profile.js'
import type { Assumption, RegionReport } from '../report.js'
import { Bets } from './bets.js'
import { type Flow, structure } from './flow.js'
import { GasPlan } from './gas.js'
import {
  type Assumptions,
  type CodeContext,
  Graph,
  GraphError,
  type Limits,
  type Node,
  TooLarge,
} from './graph.js'
import { type Guard, readKey } from './guards.js'
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
  nodes: 4_608,
  contexts: 96,
  heights: 24,
  depth: 128,
  work: 64,
  wasmBytes: 512 * 1024,
  locals: 8_192,
  guards: 1_024,
}

export type OptimiseOptions = {
  /** What the interpreter has seen. */
  profile?: Partial<Profile> | undefined
  /** Keys of guards that failed too often. */
  distrust?: ReadonlySet<string> | undefined
  budget?: OptimisingBudget | undefined
}

/**
 * Tier 1b: one function for all of a contract that it understands.
 *
 * 1. `graph` finds out where control goes, `flow` finds the loops in it; 2. the graph is made again, now with how large words can be, and
 * with bets on that at the heads of loops (`bets`); 3. `gas` plans where to look at the gas; 4. `region` generates the code. What
 * the graph does not cover and what a bet excludes continues in the universal tier, at the start of some block.
 *
 * @throws GraphError when the code is beyond the budget
 */
export function optimise(code: CodeContext, blockCount: number, options: OptimiseOptions = {}): Region {
  const budget = options.budget ?? defaultOptimisingBudget
  const context = { ...code, visits: options.profile?.visits }
  try {
    return attempt(context, blockCount, options, budget)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    // Once more with less of the code: what has not been run, or is farthest from its beginning, is left out.
    return attempt(context, blockCount, options, { ...budget, nodes: Math.floor(error.nodes / 3) })
  }
}

function attempt(
  code: CodeContext,
  blockCount: number,
  { profile, distrust = new Set() }: OptimiseOptions,
  budget: OptimisingBudget,
): Region {
  const bets = new Bets(profile, distrust)
  const { graph, flow, entries, heads } = analyse(code, bets, budget)
  const nodes = flow.places.flatMap(({ node }) => node ?? [])
  if (flow.places.some(({ depth }) => depth > deepest)) throw new TooLarge(nodes.length)
  const yields = new Set(heads.filter((node) => node.separate))
  const gas = new GasPlan(flow, code.schedule)
  const compiler = new RegionCompiler({ graph, flow, gas, entries, yields, code, blockCount })
  const region = compiler.compile(budget.wasmBytes)
  if (region === undefined || region.locals > budget.locals || region.guards.length > budget.guards)
    throw new TooLarge(nodes.length)
  const report: RegionReport = {
    nodes: nodes.length,
    starts: [...new Set(nodes.map(({ block }) => block.start))],
    loops: flow.places.filter(({ isLoop }) => isLoop).length,
    dispatchers: flow.dispatchers.length,
    entries: [...new Set(entries.map(({ block }) => block.start))],
    left: nodes.flatMap(({ left, block }) => (left === undefined ? [] : { pc: block.start, reason: left })),
    assumptions: [...bets.tell(nodes), ...readsAmong(region.guards)],
    guards: region.guards,
    work: graph.work,
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

/** Places within each other, as the code is generated: what fits the stack of any thread. */
const deepest = 500

type Analysis = {
  graph: Graph
  flow: Flow
  entries: Node[]
  /** Heads of loops that no other loop contains. */
  heads: Node[]
}

/** Assumptions change the graph, and the graph what is to be assumed: a few rounds settle it. */
const rounds = 4

function analyse(code: CodeContext, bets: Bets, limits: Limits): Analysis {
  let assumptions: Assumptions | undefined
  for (let round = 0; round < rounds; round++) {
    const graph = new Graph(code, assumptions, limits)
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
    const loops = flow.places.flatMap(({ node, isLoop }) => (node && isLoop ? node : []))
    const isSettled = separate.every((node) => node.separate) && loops.every((node) => node.assumes)
    if (assumptions && isSettled) return { graph, flow, entries, heads }
    assumptions = {
      separate: new Set([...(assumptions?.separate ?? []), ...separate.map(({ key }) => key)]),
      heads: new Set([...(assumptions?.heads ?? []), ...loops.map(({ key }) => key)]),
      bets,
    }
  }
  throw new GraphError('its loops change as they are looked at')
}

const readsAmong = (guards: readonly Guard[]): Assumption[] =>
  guards.flatMap(({ key, pc, depth, bits }) =>
    key === readKey(pc, bits) ? [{ key, pc, depth, bits, reason: 'read' as const }] : [],
  )

const unique = (nodes: Node[]): Node[] => [...new Set(nodes)]

function outermostHeads({ places }: Flow): Node[] {
  return places.flatMap(({ node, isLoop, loopDepth }) => (node && isLoop && loopDepth === 1 ? node : []))
}
