import type { Block } from '../blocks.js'
import { fixedGas, isInline, observesGas } from '../opcodes.js'
import type { Schedule } from '../schedule.js'
import type { Flow } from './flow.js'
import type { Node } from './graph.js'

/**
 * Where fixed gas is charged: once for a node and all that it leads to without a choice, as long as nothing in between observes gas or
 * can fail for another reason than gas. Then it makes no difference when the gas is short: the interpreter begins at the first node, or the
 * frame is out of gas either way.
 */
export class GasPlan {
  readonly #costs = new Map<Node, number>()

  constructor(flow: Flow, schedule: Schedule) {
    const paid = new Set<Node>()
    for (const place of flow.places.toReversed()) {
      const { node } = place
      if (node === undefined || node.left !== undefined) continue
      let cost = fixedGas(node.block.instructions, 0, schedule)
      const next = node.edges.length === 1 && place.via.size === 0 ? node.edges[0]!.target : undefined
      const follower = next && flow.of.get(next)!
      if (follower && follower.joins === 1 && follower.order > place.order && isCalm(node.block, schedule)) {
        const isEntry = next.separate || follower.isLoop
        if (!isEntry && next.left === undefined) {
          cost += this.#costs.get(next)!
          paid.add(next)
        }
      }
      this.#costs.set(node, cost)
    }
    for (const node of paid) this.#costs.set(node, 0)
  }

  costAt(node: Node): number {
    return this.#costs.get(node)!
  }
}

const isCalm = ({ instructions }: Block, schedule: Schedule): boolean =>
  instructions.every(
    ({ opcode }) => schedule[opcode] !== undefined && isInline(opcode) && !observesGas(opcode),
  )
