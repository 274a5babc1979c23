import { fixedGas } from '../opcodes.js'
import type { Schedule } from '../schedule.js'
import type { Flow, Place } from './flow.js'
import type { Node } from './node.js'

/** More than this is not asked for ahead: with less gas left, code would be interpreted that could still run. */
const farthest = 2_000

/**
 * Where fixed gas is taken, and where it is made sure that there is enough.
 *
 * Made sure: at a node, for the dearest way from there, as long as only fixed gas is used on it. The nodes on the way need not
 * look at the gas again, so a loop's body does it once. With less, the interpreter goes on, which is never wrong.
 *
 * Taken: once for a node and all that it leads to without a choice and that need not look.
 */
export class GasPlan {
  readonly #costs = new Map<Node, number>()
  readonly #needs = new Map<Node, number>()
  readonly #prepaid = new Map<Node, number>()
  readonly #covered = new Set<Node>()

  constructor(
    private readonly flow: Flow,
    schedule: Schedule,
  ) {
    const paid = new Set<Node>()
    for (const place of flow.places.toReversed()) {
      const { node } = place
      if (node === undefined) continue
      if (node.left !== undefined) {
        this.#needs.set(node, 0)
        continue
      }
      const next = this.#soleFollower(place, node)
      if (next) {
        paid.add(next)
        this.#prepaid.set(node, this.#costs.get(next)!)
      }
      const own = fixedGas(node.block.instructions, 0, schedule)
      this.#costs.set(node, own + (next ? this.#costs.get(next)! : 0))
      this.#needs.set(node, own + this.#needBehind(node))
      if (this.#isCovered(place)) this.#covered.add(node)
    }
    for (const node of paid) this.#costs.set(node, 0)
  }

  /** Gas to take at a node. */
  costAt(node: Node): number {
    return this.#costs.get(node)!
  }

  /** Gas that is taken by the end of a node for what comes behind it. */
  prepaidBehind(node: Node): number {
    return this.#prepaid.get(node) ?? 0
  }

  /** Gas that must be left where the node begins; 0 when that is sure already. */
  needAt(node: Node): number {
    return this.#covered.has(node) ? 0 : this.#needs.get(node)!
  }

  #soleFollower(place: Place, node: Node): Node | undefined {
    const next = node.edges.length === 1 && place.via === undefined ? node.edges[0]!.target : undefined
    if (next === undefined || next.assumes || !this.#covered.has(next)) return undefined
    return this.flow.of.get(next)!.joins === 1 ? next : undefined
  }

  /** The dearest way on from a node among those that rely on it. */
  #needBehind(node: Node): number {
    let most = 0
    for (const { target } of node.edges)
      if (target && this.#covered.has(target)) most = Math.max(most, this.#needs.get(target)!)
    return most
  }

  /** Whether all ways to a place have made sure of its gas. */
  #isCovered({ node, isLoop, order, predecessors }: Place): boolean {
    if (node === undefined || isLoop || node.separate || this.#needs.get(node)! > farthest) return false
    return predecessors.every(
      ({ node: from, order: before }) => from?.steady === true && from.left === undefined && before < order,
    )
  }
}
