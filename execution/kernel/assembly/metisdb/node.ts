/**
 * Nodes of tries whose keys are 32-byte hashes. A reference is an address in the arena, 0 the empty trie. All numbers are
 * little-endian.
 *
 *   0  u8   kind
 *   1  u8   flags: PRIVATE, STALE, and what an account has
 *
 *   branch     2 u16 children   4 u16 embedded   6 u16 stale     (one bit a nibble)
 *              8 u32 × n references, then 32 × n: what the parent's RLP holds of the child: hash, or RLP shorter than 32
 *   extension  2 u8 end of the path   3 u8 child is embedded   4 u32 child   8 key   40 hash or RLP of the child
 *   account    2 u8 length of the balance   4 u32 storage trie   8 key   40 u64 nonce
 *              48 storage root (if WITH_STORAGE), code hash (if WITH_CODE), balance big-endian
 *   slot       2 u8 length of the value   8 key   40 value big-endian, no leading zeros
 *
 * Leaves have their whole key and extensions that of any leaf below: a node does not depend on where it hangs, and a
 * neighbour that goes away costs no copy. A node is PRIVATE until the batch that made it is hashed: only then may it
 * be changed in place. What a stale bit or flag names is the hash that must be computed anew.
 */
import { allocate, release as releaseBlock } from './arena'
import { logReplaced } from './log'

export const BRANCH: u8 = 1
export const EXTENSION: u8 = 2
export const ACCOUNT: u8 = 3
export const SLOT: u8 = 4

export const PRIVATE: u8 = 1
/** Extension: of its child; account: of its storage root. */
export const STALE: u8 = 2
export const WITH_STORAGE: u8 = 4
export const WITH_CODE: u8 = 8

// @ts-ignore: decorator
@inline
export function kindOf(node: usize): u8 {
  return load<u8>(node)
}

// @ts-ignore: decorator
@inline
export function flagsOf(node: usize): u8 {
  return load<u8>(node, 1)
}

// @ts-ignore: decorator
@inline
export function setFlags(node: usize, flags: u8): void {
  store<u8>(node, flags, 1)
}

// @ts-ignore: decorator
@inline
export function keyOf(node: usize): usize {
  return node + 8
}

// @ts-ignore: decorator
@inline
export function nibbleAt(key: usize, depth: usize): u32 {
  const byte = <u32>load<u8>(key + (depth >> 1))
  return depth & 1 ? byte & 15 : byte >> 4
}

/** Index of the first nibble in which two keys differ, 64 if none. */
export function firstDifference(a: usize, b: usize): usize {
  for (let i: usize = 0; i < 32; i += 8) {
    const difference = bswap<u64>(load<u64>(a + i) ^ load<u64>(b + i))
    if (difference != 0) return (i << 1) + <usize>(clz<u64>(difference) >> 2)
  }
  return 64
}

export function sizeOf(node: usize): usize {
  const kind = kindOf(node)
  if (kind == BRANCH) return 8 + 36 * <usize>popcnt<u32>(load<u16>(node, 2))
  if (kind == EXTENSION) return 72
  if (kind == SLOT) return 40 + <usize>load<u8>(node, 2)
  return balanceAt(node) - node + <usize>load<u8>(node, 2)
}

// Branches

// @ts-ignore: decorator
@inline
export function childrenOf(branch: usize): u32 {
  return load<u16>(branch, 2)
}

/** How many children come before the one at `nibble`. */
// @ts-ignore: decorator
@inline
export function rank(children: u32, nibble: u32): usize {
  return <usize>popcnt<u32>(children & ((1 << nibble) - 1))
}

export function childAt(branch: usize, nibble: u32): usize {
  const children = childrenOf(branch)
  if ((children & (1 << nibble)) == 0) return 0
  return load<u32>(branch + 8 + (rank(children, nibble) << 2))
}

/** Where the parent's copy of the child's hash or RLP is. */
export function branchReference(branch: usize, nibble: u32): usize {
  const children = childrenOf(branch)
  return branch + 8 + (<usize>popcnt<u32>(children) << 2) + (rank(children, nibble) << 5)
}

export function newBranch(children: u32): usize {
  const size: usize = 8 + 36 * <usize>popcnt<u32>(children)
  const node = allocate(size)
  store<u32>(node, BRANCH | (<u32>PRIVATE << 8) | (children << 16))
  store<u32>(node, children << 16, 4)
  return node
}

/** Sets a child that is there; its hash is stale from here on. `branch` is private. */
export function setChild(branch: usize, nibble: u32, child: usize): void {
  store<u32>(branch + 8 + (rank(childrenOf(branch), nibble) << 2), <u32>child)
  store<u16>(branch, <u16>(<u32>load<u16>(branch, 6) | (1 << nibble)), 6)
}

/** Sets a child whose hash or RLP is known. `branch` is private. */
export function setKnownChild(branch: usize, nibble: u32, child: usize, reference: usize, embedded: bool): void {
  store<u32>(branch + 8 + (rank(childrenOf(branch), nibble) << 2), <u32>child)
  copy32(branchReference(branch, nibble), reference)
  const bit: u32 = 1 << nibble
  const others = ~bit
  store<u16>(branch, <u16>((<u32>load<u16>(branch, 4) & others) | (embedded ? bit : 0)), 4)
  store<u16>(branch, <u16>(<u32>load<u16>(branch, 6) & others), 6)
}

/** A private branch with one child more or less and everything else as in `branch`, which is let go. */
export function withChildren(branch: usize, children: u32): usize {
  const before = childrenOf(branch)
  const result = newBranch(children)
  const kept = children & before
  store<u16>(result, <u16>(<u32>load<u16>(branch, 4) & kept), 4)
  store<u16>(result, <u16>(<u32>load<u16>(branch, 6) & kept), 6)
  for (let left = kept; left != 0; left &= left - 1) {
    const nibble = <u32>ctz<u32>(left)
    store<u32>(
      result + 8 + (rank(children, nibble) << 2),
      load<u32>(branch + 8 + (rank(before, nibble) << 2)),
    )
    copy32(branchReference(result, nibble), branchReference(branch, nibble))
  }
  letGo(branch)
  return result
}

// Extensions

// @ts-ignore: decorator
@inline
export function endOf(extension: usize): usize {
  return load<u8>(extension, 2)
}

/** The child of an extension, the storage trie of an account. */
// @ts-ignore: decorator
@inline
export function belowOf(node: usize): usize {
  return load<u32>(node, 4)
}

export function setBelow(node: usize, child: usize): void {
  store<u32>(node, <u32>child, 4)
  store<u8>(node, load<u8>(node, 1) | STALE, 1)
}

/** With a child whose hash is not known. */
export function newExtension(key: usize, end: usize, child: usize): usize {
  const node = allocate(72)
  store<u32>(node, EXTENSION | (<u32>(PRIVATE | STALE) << 8) | (<u32>end << 16))
  store<u32>(node, <u32>child, 4)
  copy32(node + 8, key)
  return node
}

// Accounts

export function storageRootAt(account: usize): usize {
  return account + 48
}

export function codeHashAt(account: usize): usize {
  return account + 48 + (flagsOf(account) & WITH_STORAGE ? 32 : 0)
}

export function balanceAt(account: usize): usize {
  const flags = flagsOf(account)
  return account + 48 + (flags & WITH_STORAGE ? 32 : 0) + (flags & WITH_CODE ? 32 : 0)
}

// All

/** The node itself if it is private, else a private copy that replaces it. */
export function writable(node: usize): usize {
  if (flagsOf(node) & PRIVATE) return node
  const size = sizeOf(node)
  const copy = allocate(size)
  copyBlock(copy, node, size)
  setFlags(copy, flagsOf(copy) | PRIVATE)
  logReplaced(node)
  return copy
}

/** The trie that is being written no longer has this node; others may. */
export function letGo(node: usize): void {
  if (flagsOf(node) & PRIVATE) releaseBlock(node, sizeOf(node))
  else logReplaced(node)
}

// @ts-ignore: decorator
@inline
export function copy32(to: usize, from: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
}

/** Copies a node: `length` bytes up to the end of its block, which is a multiple of 8. */
function copyBlock(to: usize, from: usize, length: usize): void {
  let i: usize = 0
  for (; i + 16 <= length; i += 16) v128.store(to + i, v128.load(from + i))
  for (; i < length; i += 8) store<u64>(to + i, load<u64>(from + i))
}

/**
 * Copies `length` bytes and up to 15 more: between buffers that have room for them. A call of `memory.copy` costs more than the few
 * bytes it would copy here.
 */
export function copyLoosely(to: usize, from: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i))
}
