import type { Node } from './node.js'

/**
 * A place in the generated code: a node, the entry of the function, or a dispatcher, which stands in front of the several ways into
 * a loop so that it has one.
 */
export type Place = {
  readonly node: Node | undefined
  readonly successors: Place[]
  /** Successors that are gone to by way of a dispatcher. */
  readonly via: Map<Place, Place>
  predecessors: Place[]
  /** Position in reverse postorder; -1 when control never comes here. */
  order: number
  dominator: Place | undefined
  /** Places whose immediate dominator this is. */
  children: Place[]
  /** Places that its code lies within: those that dominate it, without those that it simply follows. */
  depth: number
  isLoop: boolean
  /** Loops around it, its own counted. */
  loopDepth: number
  /** Ways that lead here from earlier places. */
  joins: number
}

export type Flow = { places: Place[]; of: ReadonlyMap<Node, Place>; dispatchers: Place[] }

const placeOf = (node: Node | undefined, successors: Place[] = []): Place => ({
  node,
  successors,
  via: new Map(),
  predecessors: [],
  order: -1,
  dominator: undefined,
  children: [],
  depth: 0,
  isLoop: false,
  loopDepth: 0,
  joins: 0,
})

/** Where control really goes on the way from one place to another. */
export const stepTowards = (from: Place, to: Place): Place => from.via.get(to) ?? to

/**
 * Orders nodes for structured code: every loop has one way in. `entries` are the nodes that the function can begin with; the first place
 * is the function's entry, which goes to any of them.
 */
export function structure(nodes: readonly Node[], entries: readonly Node[]): Flow {
  const of = new Map(nodes.map((node) => [node, placeOf(node)]))
  for (const [node, place] of of)
    for (const { target, resumes } of node.edges)
      if (target && !resumes) place.successors.push(of.get(target)!)
  const entry = placeOf(
    undefined,
    entries.map((node) => of.get(node)!),
  )
  const all = [entry, ...of.values()]
  const sources = new Map(all.map((place) => [place, new Set<Place>()]))
  for (const place of all) for (const to of place.successors) sources.get(to)!.add(place)
  const dispatchers: Place[] = []
  giveLoopsOneWayIn(all, new Set(), sources, dispatchers)
  const places = inReversePostorder(entry)
  findDominators(places)
  findLoops(places)
  for (const place of places.slice(1))
    place.depth = place.dominator!.depth + (isFollowed(place.dominator!, place) ? 0 : 1)
  return { places, of, dispatchers }
}

/** Whether `next` is all that comes behind `place`, so that its code need not lie within that of the place. */
const isFollowed = ({ node, isLoop, children }: Place, next: Place): boolean =>
  node?.edges.length === 1 && !isLoop && children.length === 1 && next.joins === 1

const goesTo = (place: Place): Place[] =>
  place.via.size === 0 ? place.successors : place.successors.map((to) => stepTowards(place, to))

/** Loops within `part`, and within these without their heads, and so on. `sources`: the places that go to a place. */
function giveLoopsOneWayIn(
  part: Place[],
  heads: ReadonlySet<Place>,
  sources: Map<Place, Set<Place>>,
  dispatchers: Place[],
): void {
  const next = (place: Place): Place[] =>
    heads.size === 0 ? goesTo(place) : goesTo(place).filter((to) => !heads.has(to))
  for (const loop of cycles(part, next)) {
    const inside = new Set(loop)
    const entrances = loop.filter((place) => {
      for (const from of sources.get(place)!) if (!inside.has(from)) return true
      return false
    })
    let head = entrances[0]
    if (head === undefined) continue
    if (entrances.length > 1) {
      const dispatcher = placeOf(undefined, entrances)
      const all = new Set<Place>()
      for (const entrance of entrances) {
        for (const from of sources.get(entrance)!) {
          from.via.set(entrance, dispatcher)
          all.add(from)
        }
        sources.set(entrance, new Set([dispatcher]))
      }
      sources.set(dispatcher, all)
      dispatchers.push(dispatcher)
      head = dispatcher
    }
    const rest = loop.filter((place) => place !== head)
    if (rest.length > 0) giveLoopsOneWayIn(rest, new Set([...heads, head]), sources, dispatchers)
  }
}

/** Strongly connected parts that are loops (Tarjan); chains may be thousands long, so the search keeps its own stack. */
function cycles(part: readonly Place[], next: (place: Place) => Place[]): Place[][] {
  const inPart = new Set(part)
  const index = new Map<Place, number>()
  const stack: Place[] = []
  const onStack = new Set<Place>()
  const found: Place[][] = []
  const begin = (place: Place) => {
    const visit = { place, ways: next(place), at: 0, mine: index.size, lowest: index.size }
    index.set(place, visit.mine)
    stack.push(place)
    onStack.add(place)
    return visit
  }
  const end = (place: Place): void => {
    const component: Place[] = []
    for (;;) {
      const member = stack.pop()!
      onStack.delete(member)
      component.push(member)
      if (member === place) break
    }
    if (component.length > 1 || next(place).includes(place)) found.push(component)
  }
  for (const first of part) {
    if (index.has(first)) continue
    const visits = [begin(first)]
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const to = visit.ways[visit.at++]
      if (to !== undefined) {
        if (!inPart.has(to)) continue
        if (!index.has(to)) visits.push(begin(to))
        else if (onStack.has(to)) visit.lowest = Math.min(visit.lowest, index.get(to)!)
        continue
      }
      visits.pop()
      const parent = visits.at(-1)
      if (parent) parent.lowest = Math.min(parent.lowest, visit.lowest)
      if (visit.lowest === visit.mine) end(visit.place)
    }
  }
  return found
}

function inReversePostorder(entry: Place): Place[] {
  const order: Place[] = []
  const seen = new Set<Place>([entry])
  const stack = [{ place: entry, ways: goesTo(entry), at: 0 }]
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const to = top.ways[top.at++]
    if (to === undefined) {
      order.push(top.place)
      stack.pop()
    } else if (!seen.has(to)) {
      seen.add(to)
      stack.push({ place: to, ways: goesTo(to), at: 0 })
    }
  }
  order.reverse()
  for (const [i, place] of order.entries()) place.order = i
  for (const place of order) for (const to of new Set(goesTo(place))) to.predecessors.push(place)
  return order
}

/** Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". */
function findDominators(places: readonly Place[]): void {
  const entry = places[0]!
  entry.dominator = entry
  const common = (a: Place, b: Place): Place => {
    let [x, y] = [a, b]
    while (x !== y) {
      while (x.order > y.order) x = x.dominator!
      while (y.order > x.order) y = y.dominator!
    }
    return x
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const place of places.slice(1)) {
      let dominator: Place | undefined
      for (const from of place.predecessors)
        if (from.dominator) dominator = dominator ? common(from, dominator) : from
      if (dominator === place.dominator) continue
      place.dominator = dominator
      changed = true
    }
  }
  for (const place of places.slice(1)) {
    place.dominator!.children.push(place)
  }
}

function findLoops(places: readonly Place[]): void {
  // Both ways of a branch may lead to the same place.
  for (const place of places) for (const to of goesTo(place)) if (to.order > place.order) to.joins++
  for (const head of places) {
    const back = head.predecessors.filter((from) => from.order >= head.order)
    if (back.length === 0) continue
    head.isLoop = true
    const body = new Set<Place>([head])
    for (let from = back.pop(); from !== undefined; from = back.pop()) {
      if (body.has(from)) continue
      if (from.order < head.order) throw new Error('a loop with two ways in')
      body.add(from)
      back.push(...from.predecessors)
    }
    for (const place of body) place.loopDepth++
  }
}
