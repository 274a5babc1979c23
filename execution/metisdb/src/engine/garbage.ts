import { type Arena, shardCount } from './arena.js'
import type { Lists } from './trie.js'

/**
 * Nodes that no version has, on their way to be free blocks. That changes their pages, so that they go a few at a time: one block that
 * changed everything would otherwise make everything dirty when it is forgotten.
 */
export class Garbage {
  readonly #arena: Arena
  #waiting: { shard: number; nodes: Uint32Array }[] = []
  #count = 0

  constructor(arena: Arena) {
    this.#arena = arena
  }

  /** Nodes that wait. */
  get count(): number {
    return this.#count
  }

  add(lists: Lists): void {
    for (const [shard, nodes] of lists.entries()) {
      if (!nodes || nodes.length === 0) continue
      this.#waiting.push({ shard, nodes })
      this.#count += nodes.length
    }
  }

  /** Frees up to `limit` nodes, those that wait longest first. */
  free(limit: number): void {
    let left = limit
    while (left > 0 && this.#waiting.length > 0) {
      const first = this.#waiting[0]!
      const part = first.nodes.subarray(0, left)
      // Not again, even if it stops in the middle.
      first.nodes = first.nodes.subarray(part.length)
      if (first.nodes.length === 0) this.#waiting.shift()
      this.#count -= part.length
      left -= part.length
      this.#arena.shards[first.shard]!.free(part)
    }
  }

  /** All that waits, by shard. */
  lists(): Lists {
    return Array.from({ length: shardCount }, (_, shard) => {
      const parts = this.#waiting.filter((waiting) => waiting.shard === shard)
      if (parts.length === 0) return undefined
      const all = new Uint32Array(parts.reduce((sum, { nodes }) => sum + nodes.length, 0))
      let at = 0
      for (const { nodes } of parts) {
        all.set(nodes, at)
        at += nodes.length
      }
      return all
    })
  }
}
