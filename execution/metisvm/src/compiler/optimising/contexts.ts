import type { Block } from '../blocks.js'
import type { Node, Procedure } from './node.js'
import type { Value } from './value.js'

/** Nodes of one block, with a hash of each one's context, and the heights of their stacks. */
type OfBlock = { nodes: Node[]; hashes: number[]; heights: Set<number> }

/** Finds the node of a block in a context: its procedure, and the height of the stack with the return addresses in it. */
export class Contexts {
  readonly #ofBlock: (OfBlock | undefined)[] = []

  constructor(private readonly limits: { contexts: number; heights: number }) {}

  find({ index }: Block, stack: readonly Value[], home: Procedure | undefined): Node | undefined {
    const own = this.#ofBlock[index]
    if (own === undefined) return undefined
    const { nodes, hashes } = own
    const hash = hashOf(stack, home)
    for (let i = 0; i < hashes.length; i++) {
      if (hashes[i] !== hash) continue
      const node = nodes[i]!
      if (node.home === home && hasLabelsOf(node.state.stack, stack)) return node
    }
    return undefined
  }

  /** Whether one more is within the limits. */
  hasRoom({ index }: Block, height: number): boolean {
    const own = this.#ofBlock[index]
    if (own === undefined) return true
    const { nodes, heights } = own
    return nodes.length < this.limits.contexts && (heights.size < this.limits.heights || heights.has(height))
  }

  add(node: Node): void {
    const { index } = node.block
    const { stack } = node.state
    const own = this.#ofBlock[index] ?? { nodes: [], hashes: [], heights: new Set() }
    this.#ofBlock[index] = own
    own.nodes.push(node)
    own.hashes.push(hashOf(stack, node.home))
    own.heights.add(stack.length)
  }
}

function hashOf(stack: readonly Value[], home: Procedure | undefined): number {
  let hash = Math.imul(home === undefined ? 1 : home.id, 0x9e37_79b1) ^ stack.length
  for (let slot = 0; slot < stack.length; slot++) {
    const { label, max } = stack[slot]!
    if (label) hash = Math.imul(hash ^ ((slot << 16) + Number(max)), 0x85eb_ca6b)
  }
  return hash | 0
}

/** Whether both stacks are equally high and have the same return addresses at the same places. */
export function hasLabelsOf(stack: readonly Value[], other: readonly Value[]): boolean {
  if (stack.length !== other.length) return false
  for (let slot = 0; slot < stack.length; slot++) {
    const a = stack[slot]!
    const b = other[slot]!
    if (a === b) continue
    if (a.label !== b.label || (a.label && a.max !== b.max)) return false
  }
  return true
}

/** Same return address so often on the stack: the code calls itself. */
const recursion = 2

/** Whether some return address is on the stack more often than {@link recursion} says. */
export function isRecursive(stack: readonly Value[]): boolean {
  for (let slot = 0; slot < stack.length; slot++) {
    const { label, max } = stack[slot]!
    if (!label) continue
    let times = 1
    for (let below = 0; below < slot; below++) if (stack[below]!.label && stack[below]!.max === max) times++
    if (times > recursion) return true
  }
  return false
}
