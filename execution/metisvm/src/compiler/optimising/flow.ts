import type { Node } from './node.js'

/**
 * A place in the generated code: a node, the entry of the function, or a dispatcher, which stands in front of the several ways into
 * a loop so that it has one.
 */
export type Place = {
  readonly node: Node | undefined
  successors: readonly Place[]
  /** Successors that are gone to by way of a dispatcher. */
  via: Map<Place, Place> | undefined
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
  /** For the searches below: the part of the code that is looked at, and the place's number in it. */
  part: number
  number: number
  lowest: number
}

export type Flow = { places: Place[]; of: ReadonlyMap<Node, Place>; dispatchers: Place[] }

const nowhere: readonly Place[] = []

const placeOf = (node: Node | undefined, successors = nowhere): Place => ({
  node,
  successors,
  via: undefined,
  predecessors: [],
  order: -1,
  dominator: undefined,
  children: [],
  depth: 0,
  isLoop: false,
  loopDepth: 0,
  joins: 0,
  part: 0,
  number: 0,
  lowest: 0,
})

/** Where control really goes on the way from one place to another. */
export const stepTowards = (from: Place, to: Place): Place => from.via?.get(to) ?? to

/**
 * Orders nodes for structured code: every loop has one way in. `entries` are the nodes that the function can begin with; the first place
 * is the function's entry, which goes to any of them.
 */
export function structure(nodes: readonly Node[], entries: readonly Node[]): Flow {
  const of = new Map<Node, Place>()
  const entry = placeOf(undefined)
  const all = [entry]
  for (const node of nodes) {
    if (of.has(node)) continue
    const place = placeOf(node)
    of.set(node, place)
    all.push(place)
  }
  entry.successors = entries.map((node) => of.get(node)!)
  for (let i = 1; i < all.length; i++) all[i]!.successors = successorsOf(all[i]!.node!, of)
  const dispatchers = new LoopEntries(all).dispatchers
  const places = inReversePostorder(entry)
  findDominators(places)
  findLoops(places)
  for (const place of places)
    if (place !== entry) place.depth = place.dominator!.depth + (isFollowed(place.dominator!, place) ? 0 : 1)
  return { places, of, dispatchers }
}

function successorsOf({ edges }: Node, of: ReadonlyMap<Node, Place>): readonly Place[] {
  const first = edges.length > 0 ? edges[0]!.target : undefined
  if (edges.length === 1) return first && !edges[0]!.resumes ? [of.get(first)!] : nowhere
  const second = edges.length > 1 ? edges[1]!.target : undefined
  if (first && second) return [of.get(first)!, of.get(second)!]
  const only = first ?? second
  return only ? [of.get(only)!] : nowhere
}

/** Whether `next` is all that comes behind `place`, so that its code need not lie within that of the place. */
const isFollowed = ({ node, isLoop, children }: Place, next: Place): boolean =>
  node?.edges.length === 1 && !isLoop && children.length === 1 && next.joins === 1

const goesTo = (place: Place): readonly Place[] =>
  place.via === undefined ? place.successors : place.successors.map((to) => stepTowards(place, to))

/** Gives every loop one way in: a dispatcher where it has several. */
class LoopEntries {
  readonly dispatchers: Place[] = []
  #part = 0

  constructor(all: Place[]) {
    this.#search(all, () => sourcesOf(all))
  }

  /** Loops within `part`, and within these without their heads, and so on. `sources`: the places that go to a place. */
  #search(part: Place[], sources: () => Map<Place, Set<Place>>): void {
    const loops = cycles(part, ++this.#part)
    if (loops.length === 0) return
    const from = sources()
    for (const loop of loops) {
      const head = this.#headOf(loop, from)
      if (head === undefined) continue
      const rest = loop.filter((place) => place !== head)
      if (rest.length > 0) this.#search(rest, () => from)
    }
  }

  #headOf(loop: readonly Place[], sources: Map<Place, Set<Place>>): Place | undefined {
    const inside = ++this.#part
    for (const place of loop) place.part = inside
    const entrances = loop.filter((place) => {
      for (const from of sources.get(place)!) if (from.part !== inside) return true
      return false
    })
    if (entrances.length <= 1) return entrances[0]
    const dispatcher = placeOf(undefined, entrances)
    const all = new Set<Place>()
    for (const entrance of entrances) {
      for (const from of sources.get(entrance)!) {
        from.via ??= new Map()
        from.via.set(entrance, dispatcher)
        all.add(from)
      }
      sources.set(entrance, new Set([dispatcher]))
    }
    sources.set(dispatcher, all)
    this.dispatchers.push(dispatcher)
    return dispatcher
  }
}

function sourcesOf(all: readonly Place[]): Map<Place, Set<Place>> {
  const sources = new Map<Place, Set<Place>>()
  for (const place of all) sources.set(place, new Set())
  for (const place of all) for (const to of place.successors) sources.get(to)!.add(place)
  return sources
}

/**
 * Strongly connected parts that are loops (Tarjan); chains may be thousands long, so the search keeps its own stack. `name` is a number
 * that no search of these places had before.
 */
function cycles(part: readonly Place[], name: number): Place[][] {
  const [unseen, done] = [-1, Number.MAX_SAFE_INTEGER]
  for (const place of part) {
    place.part = name
    place.number = unseen
  }
  let count = 0
  const found: Place[][] = []
  const stack: Place[] = []
  const visits: Place[] = []
  const ways: (readonly Place[])[] = []
  const at: number[] = []
  const begin = (place: Place): void => {
    place.number = count
    place.lowest = count++
    stack.push(place)
    visits.push(place)
    ways.push(goesTo(place))
    at.push(0)
  }
  const end = (place: Place, own: readonly Place[]): void => {
    const component: Place[] = []
    for (;;) {
      const member = stack.pop()!
      member.number = done
      component.push(member)
      if (member === place) break
    }
    if (component.length > 1 || own.includes(place)) found.push(component)
  }
  for (const first of part) {
    if (first.number !== unseen) continue
    begin(first)
    for (let top = 0; top >= 0; top = visits.length - 1) {
      const place = visits[top]!
      const own = ways[top]!
      const next = at[top]!
      if (next < own.length) {
        const to = own[next]!
        at[top] = next + 1
        if (to.part !== name) continue
        if (to.number === unseen) begin(to)
        else if (to.number !== done) place.lowest = Math.min(place.lowest, to.number)
        continue
      }
      visits.pop()
      ways.pop()
      at.pop()
      if (top > 0) visits[top - 1]!.lowest = Math.min(visits[top - 1]!.lowest, place.lowest)
      if (place.lowest === place.number) end(place, own)
    }
  }
  return found
}

function inReversePostorder(entry: Place): Place[] {
  const seen = 0
  const order: Place[] = []
  const stack = [entry]
  const ways = [goesTo(entry)]
  const at = [0]
  entry.order = seen
  for (let top = 0; top >= 0; top = stack.length - 1) {
    const own = ways[top]!
    const next = at[top]!
    if (next >= own.length) {
      order.push(stack.pop()!)
      ways.pop()
      at.pop()
      continue
    }
    at[top] = next + 1
    const to = own[next]!
    if (to.order === seen) continue
    to.order = seen
    stack.push(to)
    ways.push(goesTo(to))
    at.push(0)
  }
  order.reverse()
  for (let i = 0; i < order.length; i++) order[i]!.order = i
  // Both ways of a branch may lead to the same place.
  for (const place of order)
    for (const { predecessors } of goesTo(place)) if (predecessors.at(-1) !== place) predecessors.push(place)
  return order
}

/** Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". */
function findDominators(places: readonly Place[]): void {
  const entry = places[0]!
  entry.dominator = entry
  const common = (a: Place, b: Place): Place => {
    let x = a
    let y = b
    while (x !== y) {
      while (x.order > y.order) x = x.dominator!
      while (y.order > x.order) y = y.dominator!
    }
    return x
  }
  for (let changed = true; changed; ) {
    changed = false
    for (let i = 1; i < places.length; i++) {
      const place = places[i]!
      let dominator: Place | undefined
      for (const from of place.predecessors)
        if (from.dominator) dominator = dominator ? common(from, dominator) : from
      if (dominator === place.dominator) continue
      place.dominator = dominator
      changed = true
    }
  }
  for (let i = 1; i < places.length; i++) places[i]!.dominator!.children.push(places[i]!)
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
