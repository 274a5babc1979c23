import { Graph, type GraphContext, type Limits } from './graph.js'
import type { Node, Procedure } from './node.js'
import { mostWords, wordsOf } from './procedures.js'

/** Instructions of a procedure that is rather repeated in its callers. */
const short = 12

/** So often new procedures may turn up; as often again those that are none may be taken out. */
const rounds = 6

/**
 * The procedures of a code: what is jumped to with several return addresses, comes back, and is not short. One that calls other contracts is
 * repeated in its callers, since control comes back from there without the callers' words.
 */
export function findProcedures(
  code: GraphContext,
  limits: Limits,
  first: Graph,
): { procedures: ReadonlySet<number>; graph: Graph } {
  const refused = new Set<number>()
  let procedures: ReadonlySet<number> = new Set()
  let graph = first
  for (let round = 0; round < 2 * rounds; round++) {
    for (const id of unfit(graph.reachable())) refused.add(id)
    const called =
      round < rounds ? [...graph.calls].filter(([id, from]) => from.size > 1 && wordsOf(id) <= mostWords) : []
    const ids = [...procedures, ...called.map(([id]) => id)].filter((id) => !refused.has(id))
    const next = new Set(ids)
    if (next.size === procedures.size && ids.every((id) => procedures.has(id))) break
    procedures = next
    graph = new Graph(code, undefined, limits, procedures)
  }
  return { procedures, graph }
}

/**
 * Those procedures alone that call themselves, on whatever way, when everything else can be repeated in its callers, which then knows what
 * they know; `undefined` when there are none, or when the copies are too many.
 */
export function findRecursive(
  code: GraphContext,
  limits: Limits,
  found: { procedures: ReadonlySet<number>; graph: Graph },
): { procedures: ReadonlySet<number>; graph: Graph } | undefined {
  const calls = new Map<number, Set<number>>()
  for (const { home, invokes } of found.graph.reachable())
    if (home && invokes) calls.set(home.id, (calls.get(home.id) ?? new Set()).add(invokes.procedure.id))
  const procedures = new Set([...found.procedures].filter((id) => reaches(calls, id)))
  if (procedures.size === 0 || procedures.size === found.procedures.size) return undefined
  const graph = new Graph(code, undefined, limits, procedures)
  return graph.isCut ? undefined : { procedures, graph }
}

/** Whether calls that begin in a procedure come to it again. */
function reaches(calls: ReadonlyMap<number, ReadonlySet<number>>, id: number): boolean {
  const seen = new Set<number>()
  const ahead = [id]
  for (let from = ahead.pop(); from !== undefined; from = ahead.pop())
    for (const to of calls.get(from) ?? []) {
      if (to === id) return true
      if (seen.has(to)) continue
      seen.add(to)
      ahead.push(to)
    }
  return false
}

function unfit(nodes: readonly Node[]): number[] {
  const parts = new Map<Procedure, Node[]>()
  for (const node of nodes) {
    if (node.home === undefined) continue
    const own = parts.get(node.home)
    if (own) own.push(node)
    else parts.set(node.home, [node])
  }
  const calling = new Set<Procedure>()
  for (let before = -1; before < calling.size; ) {
    before = calling.size
    for (const [procedure, own] of parts)
      if (
        own.some(
          ({ edges, invokes }) => edges.some((e) => e.resumes) || (invokes && calling.has(invokes.procedure)),
        )
      )
        calling.add(procedure)
  }
  const isShort = (own: readonly Node[]): boolean =>
    own.every(({ invokes }) => invokes === undefined) &&
    own.reduce((sum, { block }) => sum + block.instructions.length, 0) <= short
  return [...parts].flatMap(([procedure, own]) =>
    procedure.results === undefined || calling.has(procedure) || isShort(own) ? procedure.id : [],
  )
}
