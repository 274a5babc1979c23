import { emptyTrieRoot } from '@metis-stack/kernel'
import type { AccountProof } from '../interface.js'
import type { Arena } from './arena.js'
import type { Shard } from './shard.js'
import { singleShard } from './top.js'
import type { Trie } from './trie.js'

type Top = ReturnType<Arena['top']>

/** A state's node above the shards does not change. */
const tops = new WeakMap<Trie, { top: Top; lone: boolean }>()

function topOf(arena: Arena, trie: Trie): { top: Top; lone: boolean } {
  const known = tops.get(trie)
  if (known) return known
  const top = arena.top(trie)
  // A lone subtrie's first node hangs at the root itself, unless it is a branch below an extension.
  const result = { top, lone: singleShard(trie) !== undefined && !top?.extended }
  tops.set(trie, result)
  return result
}

/**
 * Proves an account and slots of it, or that they are not there (EIP-1186). Nodes share buffers.
 *
 * @param place where the front has the trie
 */
export function proofOf(
  arena: Arena,
  trie: Trie,
  place: number,
  address: Uint8Array,
  slots: readonly Uint8Array[],
): AccountProof {
  const { front } = arena
  const { accountProof, index, leaf } = proveAccount(arena, trie, address)
  const shard = arena.shards[index]!
  const hasStorage = leaf !== 0 && shard.exports.storageOf(leaf) !== 0
  return {
    account: leaf === 0 ? undefined : front.accountIn(index, leaf),
    storageRoot: hasStorage ? shard.read(leaf + storageRootAt, 32) : emptyTrieRoot,
    accountProof,
    storageProof: slots.map((slot) => ({
      slot,
      value: front.storage(place, address, slot) ?? new Uint8Array(32),
      proof: hasStorage ? proveSlot(shard, leaf, slot) : [],
    })),
  }
}

/** In an account's leaf; see the kernel's `metisdb/node.ts`. */
const storageRootAt = 48

function proveAccount(
  arena: Arena,
  trie: Trie,
  address: Uint8Array,
): { accountProof: Uint8Array[]; index: number; leaf: number } {
  const { top, lone } = topOf(arena, trie)
  if (!top) return { accountProof: [], index: 0, leaf: 0 }
  const hashedAddress = arena.front.hashedAddress(address)
  const { bytes, words } = arena.front
  const index = bytes[hashedAddress]! >> 4
  const subtrie = trie.refs[index]!
  if (subtrie === 0) return { accountProof: [top.node], index, leaf: 0 }
  const shard = arena.shards[index]!
  const { exports } = shard
  const keyAt = exports.keyAt()
  for (let i = 0; i < 8; i++) shard.words[(keyAt >>> 2) + i] = words[(hashedAddress >>> 2) + i]!
  exports.proveAccount(subtrie, keyAt)
  const { nodes, leaf } = found(shard, lone ? 0 : 1)
  nodes[0] = top.node
  return { accountProof: nodes, index, leaf }
}

function proveSlot(shard: Shard, leaf: number, slot: Uint8Array): Uint8Array[] {
  const { exports } = shard
  const keyAt = exports.keyAt()
  shard.bytes.set(slot, keyAt)
  exports.hashKey(32)
  exports.prove(exports.storageOf(leaf), keyAt)
  return found(shard, 0).nodes
}

/** Nodes are small and many: they come to lie in shared buffers of this size. */
const poolBytes = 64 * 1024

let pool = new Uint8Array()
let poolBuffer: ArrayBufferLike = pool.buffer
let used = 0

/**
 * What the last `prove` found: RLP nodes from the root down, from `first` of the list on, and the leaf, 0 when the key is absent.
 */
function found({ bytes, words, exports }: Shard, first: number): { nodes: Uint8Array[]; leaf: number } {
  const place = exports.proofAt() >>> 2
  const count = words[place]!
  const leaf = words[place + 1]!
  const nodes = new Array<Uint8Array>(first + count)
  if (count === 0) return { nodes, leaf }
  const last = place + 2 * count
  // Shared memory is copied by words only from where words begin to where words begin.
  const from = (words[place + 2]! & ~7) >>> 0
  const length = words[last]! + words[last + 1]! - from
  if (used + length > pool.length) {
    // Not cleared: nodes take the places of all that is seen of it.
    pool = Buffer.allocUnsafeSlow(Math.max(poolBytes, length))
    poolBuffer = pool.buffer
    used = 0
  }
  pool.set(bytes.subarray(from, from + length), used)
  const shift = used - from
  for (let i = 0, entry = place + 2; i < count; i++, entry += 2) {
    nodes[first + i] = new Uint8Array(poolBuffer, words[entry]! + shift, words[entry + 1]!)
  }
  used += (length + 7) & ~7
  return { nodes, leaf }
}
