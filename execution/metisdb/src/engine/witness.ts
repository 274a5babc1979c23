import type { Touched, Witness } from '../interface.js'
import { type WantedAccount, type WantedKey, wantedKeys } from '../touched.js'
import type { Arena } from './arena.js'
import type { Shard } from './shard.js'
import { singleShard } from './top.js'
import type { Trie } from './trie.js'

const wantedBytes = 40
/** What is free for keys below the arena. */
const maximumKeys = Math.floor((6 << 20) / wantedBytes)

/** The nodes of a state that executing needs: one walk of each shard and of each storage trie that was touched. */
export function witnessNodes(arena: Arena, trie: Trie, touched: Touched): Witness['nodes'] {
  const top = arena.top(trie)
  if (!top) return []
  const lone = singleShard(trie) !== undefined && !top.extended
  const nodes = [top.node]
  const staying: number[] = []
  let going = 0
  const groups = byShard(wantedKeys(touched))
  for (const [index, ref] of trie.refs.entries()) {
    if (ref === 0) continue
    const shard = arena.shards[index]!
    const wanted = groups[index]!
    if (wanted.length === 0) {
      staying.push(index)
      continue
    }
    const { found, vanishes } = walk(shard, ref, 1, wanted)
    // A lone subtrie's first node is the root itself.
    nodes.push(...(lone ? found.slice(1) : found))
    if (vanishes) going++
    else staying.push(index)
    for (const account of wanted) nodes.push(...storageNodes(shard, ref, account))
  }
  // The branch of all shards may lose all but one, as any branch.
  const [last] = staying
  if (going > 0 && staying.length === 1 && groups[last!]!.length === 0) {
    nodes.push(arena.encoded({ ref: last! * 2 ** 32 + trie.refs[last!]!, depth: 1 }))
  }
  return nodes
}

function byShard(wanted: readonly WantedAccount[]): WantedAccount[][] {
  const groups: WantedAccount[][] = Array.from({ length: 16 }, () => [])
  for (const account of wanted) groups[account.key[0]! >> 4]!.push(account)
  return groups
}

function storageNodes(shard: Shard, trie: number, { key, slots }: WantedAccount): Uint8Array[] {
  if (slots.length === 0) return []
  const { exports } = shard
  const keyAt = exports.keyAt()
  shard.bytes.set(key, keyAt)
  const leaf = exports.findAccount(trie, keyAt) >>> 0
  const storage = leaf === 0 ? 0 : exports.storageOf(leaf) >>> 0
  return storage === 0 ? [] : walk(shard, storage, 0, slots).found
}

function walk(
  shard: Shard,
  trie: number,
  depth: number,
  keys: readonly WantedKey[],
): { found: Uint8Array[]; vanishes: boolean } {
  if (keys.length > maximumKeys) {
    throw new RangeError(
      `A witness can be for at most ${maximumKeys} accounts of a shard, or slots of an account.`,
    )
  }
  const { bytes, words, exports } = shard
  let at = exports.inputAt()
  for (const { key, removed } of keys) {
    bytes.set(key, at)
    words[(at >>> 2) + 8] = removed ? 1 : 0
    at += wantedBytes
  }
  const vanishes = exports.witness(trie, depth, keys.length) !== 0
  const start = (((exports.arenaTop() >>> 0) + 7) & ~7) >>> 0
  const written = shard.read(start, (exports.witnessEnd() >>> 0) - start)
  const view = new DataView(written.buffer)
  const found: Uint8Array[] = []
  for (let next = 0; next < written.length; ) {
    const length = view.getUint32(next, true)
    found.push(written.subarray(next + 4, next + 4 + length))
    next = (next + 4 + length + 3) & ~3
  }
  return { found, vanishes }
}
