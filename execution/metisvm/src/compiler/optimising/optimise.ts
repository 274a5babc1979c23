import type { Profile } from '../../tiering/profile.js'
import type { Assumption, RegionReport } from '../report.js'
import type { FunctionType, Global } from '../wasm/module.js'
import { Bets } from './bets.js'
import { findProcedures, findRecursive } from './findProcedures.js'
import { type Flow, structure } from './flow.js'
import { GasPlan } from './gas.js'
import {
  type Assumptions,
  type CodeContext,
  Graph,
  type GraphContext,
  GraphError,
  type Limits,
  TooLarge,
} from './graph.js'
import { type Guard, GuardList, readKey } from './guards.js'
import { Linkage } from './linkage.js'
import type { Node, Procedure } from './node.js'
import { Pushes } from './pushes.js'
import { RegionCompiler } from './region.js'

export type Region = {
  body: Uint8Array
  /** Functions of procedures, which follow the region's in the module. */
  procedures: readonly { type: FunctionType; body: Uint8Array }[]
  /** Globals that they use; the module's begin with these. */
  globals: readonly Global[]
  /** Index of the first block entered at each place, by entry; entries of one block stand together. */
  entries: readonly { block: number }[]
  guards: readonly Guard[]
  report: RegionReport
}

export type OptimisingBudget = Limits & {
  /** bytes of WebAssembly in one function, and in all of them */
  functionBytes: number
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
  functionBytes: 512 * 1024,
  wasmBytes: 768 * 1024,
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

/** Where in the module the region comes. */
export type Place = {
  /** Blocks of the universal tier. */
  blockCount: number
  /** Index of the function behind the region's own. */
  firstProcedure: number
}

/**
 * Tier 1b: one function for all of a contract that it understands, and one for each procedure when that takes too many contexts.
 *
 * 1. `graph` finds out where control goes, `flow` finds the loops in it; 2. the graph is made again, now with how large words can be, and
 * with bets on that at the heads of loops (`bets`); 3. `gas` plans where to look at the gas; 4. `region` generates the code. What
 * the graph does not cover and what a bet excludes continues in the universal tier, at the start of some block.
 *
 * @throws GraphError when the code is beyond the budget
 */
export function optimise(code: CodeContext, place: Place, options: OptimiseOptions = {}): Region {
  const budget = options.budget ?? defaultOptimisingBudget
  const context: GraphContext = {
    ...code,
    visits: options.profile?.visits,
    pushes: new Pushes(code.code, code.blockAt),
  }
  const attempt = (limits: OptimisingBudget, shape: Shape): Region =>
    generate(context, place, options, limits, shape)
  const whole = { procedures: new Set<number>(), graph: new Graph(context, undefined, budget) }
  let found: Found | undefined
  let nodes = budget.nodes
  for (const find of whole.graph.isCut ? [recursive, called, repeated] : [repeated, called]) {
    const shape = find()
    if (shape === undefined) continue
    try {
      return attempt(budget, shape)
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error
      nodes = error.nodes
    }
  }
  // Once more with less of the code: what has not been run, or is farthest from its beginning, is left out.
  return attempt({ ...budget, nodes: Math.floor(nodes / 3) }, { procedures: new Set(), graph: undefined })

  /** Internal functions once for each place that calls them: each copy knows what its caller knows. */
  function repeated(): Shape {
    return whole
  }

  function called(): Found | undefined {
    found ??= findProcedures(context, budget, whole.graph)
    return found.procedures.size > 0 ? found : undefined
  }

  /** Only what calls itself is not repeated. */
  function recursive(): Shape | undefined {
    const shape = called()
    return shape && findRecursive(context, budget, shape)
  }
}

/** Which procedures there are, and where control goes then. */
type Shape = { procedures: ReadonlySet<number>; graph: Graph | undefined }
type Found = Shape & { graph: Graph }

function generate(
  code: GraphContext,
  place: Place,
  { profile, distrust = new Set() }: OptimiseOptions,
  budget: OptimisingBudget,
  shape: Shape,
): Region {
  const bets = new Bets(profile, distrust)
  const { graph, parts, entries, heads } = analyse(code, bets, budget, shape)
  const flows = parts.map(({ flow }) => flow)
  const nodes = flows.flatMap(({ places }) => places.flatMap(({ node }) => node ?? []))
  if (flows.some(({ places }) => places.some(({ depth }) => depth > deepest)))
    throw new TooLarge(nodes.length)
  const linkage = new Linkage(
    parts.flatMap(({ procedure }) => procedure ?? []),
    place.firstProcedure,
  )
  const guards = new GuardList(linkage.globalCount)
  const yields = new Set(heads.filter((node) => node.separate))
  let room = budget.wasmBytes
  const compiled = parts.map(({ flow, procedure }) => {
    const gas = new GasPlan(flow, code.schedule)
    const common = { graph, flow, gas, code, blockCount: place.blockCount, guards, linkage }
    const compiler = new RegionCompiler({
      ...common,
      ...(procedure ? { entries: [], yields: new Set(), procedure } : { entries, yields }),
    })
    const made = compiler.compile(Math.min(room, budget.functionBytes))
    if (made === undefined || made.locals > budget.locals || guards.all.length > budget.guards)
      throw new TooLarge(nodes.length)
    room -= made.body.length
    return { ...made, procedure }
  })
  const [{ body }, ...procedures] = compiled as [(typeof compiled)[number], ...typeof compiled]
  const report: RegionReport = {
    nodes: nodes.length,
    starts: [...new Set(nodes.map(({ block }) => block.start))],
    procedures: procedures.map(({ procedure }) => procedure!.entry.block.start),
    loops: flows.reduce((sum, { places }) => sum + places.filter(({ isLoop }) => isLoop).length, 0),
    dispatchers: flows.reduce((sum, { dispatchers }) => sum + dispatchers.length, 0),
    entries: [...new Set(entries.map(({ block }) => block.start))],
    left: nodes.flatMap(({ left, block }) => (left === undefined ? [] : { pc: block.start, reason: left })),
    assumptions: [...bets.tell(nodes), ...readsAmong(guards.all)],
    guards: guards.all,
    work: graph.work,
    wasmBytes: compiled.reduce((sum, { body }) => sum + body.length, 0),
    locals: Math.max(...compiled.map(({ locals }) => locals)),
  }
  return {
    body,
    procedures: procedures.map(({ body, procedure }) => ({ type: linkage.typeOf(procedure!), body })),
    globals: linkage.globals(procedures.map(({ locals }) => locals)),
    entries: entries.map(({ block }) => ({ block: block.index })),
    guards: guards.all,
    report,
  }
}

/** Places within each other, as the code is generated: what fits the stack of any thread. */
const deepest = 500

/** What becomes one function. */
type Part = { flow: Flow; procedure: Procedure | undefined }

type Analysis = {
  graph: Graph
  /** What the code begins with, then the procedures. */
  parts: Part[]
  entries: Node[]
  /** Heads of loops that no other loop contains. */
  heads: Node[]
}

/** Assumptions change the graph, and the graph what is to be assumed: a few rounds settle it. */
const rounds = 8

function analyse(
  code: GraphContext,
  bets: Bets,
  limits: Limits,
  { procedures, graph: known }: Shape,
): Analysis {
  let assumptions: Assumptions | undefined
  for (let round = 0; round < rounds; round++) {
    const graph =
      (assumptions === undefined ? known : undefined) ?? new Graph(code, assumptions, limits, procedures)
    const all = graph.reachable()
    const first = graph.nodes[0]!
    if (first.left !== undefined) throw new GraphError(first.left)
    const nodes = all.filter(({ home }) => home === undefined)
    const resumed = nodes.flatMap(({ edges }) =>
      edges.flatMap(({ target, resumes }) => (target && resumes ? target : [])),
    )
    const heads = outermostHeads(structure(nodes, unique([first, ...resumed])))
    const entries = unique([first, ...resumed, ...heads]).sort((a, b) => a.block.index - b.block.index)
    const parts: Part[] = [{ flow: structure(nodes, entries), procedure: undefined }]
    for (const procedure of new Set(all.flatMap(({ home }) => home ?? []))) {
      const own = all.filter(({ home }) => home === procedure)
      parts.push({ flow: structure(own, [procedure.entry]), procedure })
    }
    // Behind a dispatcher, what was computed before it may lie on another way.
    const routed = parts.flatMap(({ flow }) =>
      flow.dispatchers.flatMap(({ successors }) => successors.flatMap(({ node }) => node ?? [])),
    )
    const separate = [...resumed, ...heads, ...routed].filter((node) => node !== first)
    const loops = parts.flatMap(({ flow }) =>
      flow.places.flatMap(({ node, isLoop }) => (node && isLoop ? node : [])),
    )
    const isSettled = separate.every((node) => node.separate) && loops.every((node) => node.assumes)
    if (assumptions && isSettled) return { graph, parts, entries, heads }
    assumptions = {
      separate: new Set([...(assumptions?.separate ?? []), ...separate.map(({ key }) => key)]),
      heads: new Set([...(assumptions?.heads ?? []), ...loops.map(({ key }) => key)]),
      order: assumptions?.order ?? orderOf(parts),
      bets,
    }
  }
  throw new GraphError('its loops change as they are looked at')
}

/** Procedures before what calls them, each in the order of control. */
function orderOf(parts: readonly Part[]): ReadonlyMap<string, number> {
  const order = new Map<string, number>()
  let first = 0
  for (const { flow } of parts.toReversed()) {
    for (const { node, order: place } of flow.places) if (node) order.set(node.key, first + place)
    first += flow.places.length
  }
  return order
}

const readsAmong = (guards: readonly Guard[]): Assumption[] =>
  guards.flatMap(({ key, pc, depth, bits }) =>
    key === readKey(pc, bits) ? [{ key, pc, depth, bits, reason: 'read' as const }] : [],
  )

const unique = (nodes: Node[]): Node[] => [...new Set(nodes)]

function outermostHeads({ places }: Flow): Node[] {
  return places.flatMap(({ node, isLoop, loopDepth }) => (node && isLoop && loopDepth === 1 ? node : []))
}
