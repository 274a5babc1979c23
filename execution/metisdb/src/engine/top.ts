import { rlp } from '@metis-stack/kernel'
import type { NodeAt, Trie } from './trie.js'

/** A node with the hash by which the one above refers to it. */
export type Below = { hash: Uint8Array; at: NodeAt }

/** The only shard that has something, `undefined` when none or several have. */
export function singleShard({ refs }: Trie): number | undefined {
  const first = refs.findIndex((ref) => ref !== 0)
  return first >= 0 && refs.every((ref, index) => ref === 0 || index === first) ? first : undefined
}

/**
 * The node above the shards (Yellow Paper, appendix D): a branch of them; an extension of one nibble if only one shard has something, a
 * branch. No account is shorter than 32 bytes, so each is referred to by its hash.
 */
export function encodeTop(trie: Trie): Uint8Array {
  const single = singleShard(trie)
  const hashOf = (index: number): Uint8Array => trie.hashes.subarray(32 * index, 32 * index + 32)
  if (single !== undefined) return rlp.encode([Uint8Array.of(0x10 | single), hashOf(single)])
  const children = Array.from(trie.refs, (ref, index) => (ref === 0 ? new Uint8Array() : hashOf(index)))
  return rlp.encode([...children, new Uint8Array()])
}
