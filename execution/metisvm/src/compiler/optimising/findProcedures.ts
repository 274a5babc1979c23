import { Graph, type GraphContext, type Limits } from './graph.js'
import type { Node, Procedure } from './node.js'

/** Words that a procedure is called with at most. */
const mostWords = 24

const wordsOf = (name: string): number => Number(name.slice(name.indexOf('+') + 1))

/** Instructions of a procedure that is rather repeated in its callers. */
const short = 12

const rounds = 6

/**
 * The procedures of a code: what is jumped to with several return addresses, comes back, and is not short. One that calls other contracts is
 * repeated in its callers, since control comes back from there without the callers' words.
 */
export function findProcedures(
  code: GraphContext,
  limits: Limits,
  first: Graph,
): { procedures: ReadonlySet<string>; graph: Graph } {
  const refused = new Set<string>()
  let procedures: ReadonlySet<string> = new Set()
  let graph = first
  for (let round = 0; round < rounds; round++) {
    for (const name of unfit(graph.reachable())) refused.add(name)
    const called = [...graph.calls].filter(([name, from]) => from.size > 1 && wordsOf(name) <= mostWords)
    const names = [...procedures, ...called.map(([name]) => name)].filter((name) => !refused.has(name))
    const next = new Set(names)
    if (next.size === procedures.size && names.every((name) => procedures.has(name))) break
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
  found: { procedures: ReadonlySet<string>; graph: Graph },
): { procedures: ReadonlySet<string>; graph: Graph } | undefined {
  const calls = new Map<string, Set<string>>()
  for (const { home, invokes } of found.graph.reachable())
    if (home && invokes) calls.set(home.name, (calls.get(home.name) ?? new Set()).add(invokes.procedure.name))
  const procedures = new Set([...found.procedures].filter((name) => reaches(calls, name)))
  if (procedures.size === 0 || procedures.size === found.procedures.size) return undefined
  const graph = new Graph(code, undefined, limits, procedures)
  return graph.isCut ? undefined : { procedures, graph }
}

/** Whether calls that begin in a procedure come to it again. */
function reaches(calls: ReadonlyMap<string, ReadonlySet<string>>, name: string): boolean {
  const seen = new Set<string>()
  const ahead = [name]
  for (let from = ahead.pop(); from !== undefined; from = ahead.pop())
    for (const to of calls.get(from) ?? []) {
      if (to === name) return true
      if (seen.has(to)) continue
      seen.add(to)
      ahead.push(to)
    }
  return false
}

function unfit(nodes: readonly Node[]): string[] {
  const parts = new Map<Procedure, Node[]>()
  for (const node of nodes) if (node.home) parts.set(node.home, [...(parts.get(node.home) ?? []), node])
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
    procedure.results === undefined || calling.has(procedure) || isShort(own) ? procedure.name : [],
  )
}
