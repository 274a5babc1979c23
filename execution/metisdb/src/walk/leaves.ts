import type { Arena } from '../engine/arena.js'
import { pageSize } from '../engine/mapping.js'
import { arenaAt } from '../engine/pages.js'
import type { Shard } from '../engine/shard.js'
import type { Ref, Trie } from '../engine/trie.js'
import type { Account } from '../interface.js'

/** What the kernel has for walks; see its `metisdb/range.ts` and `metisdb/compare.ts`. */
type WalkExports = {
  leaves(node: number, depth: number, from: number, max: number): number
  compare(a: number, b: number, depth: number): number
}

export type AccountLeaf = {
  /** keccak-256 of the address */
  key: Uint8Array
  account: Account
  /** The account's storage trie, 0 for none. */
  storage: Ref
}

export type SlotLeaf = {
  /** keccak-256 of the slot */
  key: Uint8Array
  /** Big-endian without leading zeros. */
  value: Uint8Array
}

/** The same leaf in two tries; `undefined` where there is none. */
export type Pair<Leaf> = { before: Leaf | undefined; after: Leaf | undefined }

const high = 2 ** 32
/** Nodes below an account trie's first nibble hang here, those of a storage trie at 0. */
const accountDepth = 1

/** At most `max` accounts in the order of their keys, the first of them at `from` or the next after it. */
export function accountsFrom(arena: Arena, { refs }: Trie, from: Uint8Array, max: number): AccountLeaf[] {
  const found: AccountLeaf[] = []
  for (let index = from[0]! >> 4; index < refs.length && found.length < max; index++) {
    const start = index === from[0]! >> 4 ? from : lowest(index)
    for (const ref of leafRefs(arena, index, refs[index]!, accountDepth, start, max - found.length))
      found.push(accountLeaf(arena, ref))
  }
  return found
}

/** The same for the slots of a storage trie. */
export function slotsFrom(arena: Arena, storage: Ref, from: Uint8Array, max: number): SlotLeaf[] {
  if (storage === 0) return []
  const refs = leafRefs(arena, Math.floor(storage / high), storage % high, 0, from, max)
  return refs.map((ref) => slotLeaf(arena, ref))
}

/** Accounts that are not the same in two tries. */
export function changedAccounts(arena: Arena, before: Trie, after: Trie): Pair<AccountLeaf>[] {
  return arena.shards.flatMap((_, index) =>
    pairs(arena, index, [before.refs[index]!, after.refs[index]!], accountDepth).map(([a, b]) => ({
      before: a === 0 ? undefined : accountLeaf(arena, a),
      after: b === 0 ? undefined : accountLeaf(arena, b),
    })),
  )
}

/** Slots that are not the same in two storage tries of one account. */
export function changedSlots(arena: Arena, before: Ref, after: Ref): Pair<SlotLeaf>[] {
  if (before === after) return []
  const index = Math.floor((before || after) / high)
  return pairs(arena, index, [before % high, after % high], 0).map(([a, b]) => ({
    before: a === 0 ? undefined : slotLeaf(arena, a),
    after: b === 0 ? undefined : slotLeaf(arena, b),
  }))
}

function leafRefs(
  arena: Arena,
  index: number,
  node: number,
  depth: number,
  from: Uint8Array,
  max: number,
): Ref[] {
  if (node === 0) return []
  const shard = arena.shards[index]!
  const exports = walkOf(shard)
  const keyAt = shard.exports.keyAt()
  shard.bytes.set(from, keyAt)
  const end = exports.leaves(node, depth, keyAt, max) >>> 0
  return written(shard, end).map((at) => index * high + at)
}

function pairs(arena: Arena, index: number, [a, b]: [number, number], depth: number): [Ref, Ref][] {
  if (a === b) return []
  const shard = arena.shards[index]!
  const end = walkOf(shard).compare(a, b, depth) >>> 0
  const refs = written(shard, end).map((at) => (at === 0 ? 0 : index * high + at))
  return Array.from({ length: refs.length / 2 }, (_, i) => [refs[2 * i]!, refs[2 * i + 1]!])
}

/** Addresses that the kernel wrote above the arena. */
function written(shard: Shard, end: number): number[] {
  const at = (((shard.exports.arenaTop() >>> 0) + 7) & ~7) >>> 0
  return Array.from(new Uint32Array(shard.bytes.buffer, at, (end - at) / 4))
}

function accountLeaf(arena: Arena, ref: Ref): AccountLeaf {
  return { key: keyAt(arena, ref), account: arena.readAccount(ref), storage: arena.storageOf(ref) }
}

function slotLeaf(arena: Arena, ref: Ref): SlotLeaf {
  const key = keyAt(arena, ref)
  const shard = arena.shards[Math.floor(ref / high)]!
  const at = ref % high
  return { key, value: shard.read(at + 40, shard.bytes[at + 2]!) }
}

/** Also makes sure that the node's page is there. */
function keyAt(arena: Arena, ref: Ref): Uint8Array {
  const shard = arena.shards[Math.floor(ref / high)]!
  const at = ref % high
  shard.pages.bring(Math.floor((at - arenaAt) / pageSize))
  return shard.read(at + 8, 32)
}

function walkOf({ exports }: Shard): WalkExports {
  return exports as unknown as WalkExports
}

function lowest(index: number): Uint8Array {
  const key = new Uint8Array(32)
  key[0] = index << 4
  return key
}
