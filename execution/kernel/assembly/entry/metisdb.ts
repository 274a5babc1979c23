/**
 * Fast module `metisdb`: state tries in an arena that a file can hold. The memory is imported and shared: an arena has one, and
 * an instance in each thread that works on it; see metisdb/layout.ts for what may run at the same time.
 */
import { adopt, arenaTop, create, ensure, release } from '../metisdb/arena'
import { applyBatch } from '../metisdb/batch'
import { compare } from '../metisdb/compare'
import { hashTrie, madeCount } from '../metisdb/hash'
import { permutePairs } from '../metisdb/keccakPair'
import { INPUT, INPUT_SIZE, KEYS, PERMUTATIONS, TOP_DEPTH } from '../metisdb/layout'
import { replacedCount, takeReplaced } from '../metisdb/log'
import { belowOf, kindOf, sizeOf } from '../metisdb/node'
import { savedPagesAt, savedRoom, touch, usableEnd } from '../metisdb/pages'
import { leaves } from '../metisdb/range'
import { lookUp, peek } from '../metisdb/read'
import { below, encoded, prove as proveAt, PROOF } from '../metisdb/walk'
import { witness as witnessOf, witnessEnd } from '../metisdb/witness'
import { destroy, find as findAt } from '../metisdb/write'
import { keccak256 } from '../crypto/keccak'

export {
  adopt,
  arenaTop,
  below,
  compare,
  create,
  destroy,
  encoded,
  kindOf,
  leaves,
  lookUp,
  madeCount,
  peek,
  permutePairs,
  replacedCount,
  savedPagesAt,
  savedRoom,
  usableEnd,
  witnessEnd,
}

const key: usize = memory.data(64)
const root: usize = memory.data(32)

/** Where a batch is put. */
export function inputAt(): usize {
  return INPUT
}

export function inputSize(): usize {
  return INPUT_SIZE
}

/** Where the hashed addresses of a batch's entries are put. */
export function keysAt(): usize {
  return KEYS
}

/** Room for an address or a slot. */
export function keyAt(): usize {
  return key
}

/** Replaces the key by its keccak-256. */
export function hashKey(length: usize): void {
  keccak256(key, length, key)
}

export function rootAt(): usize {
  return root
}

/** The depth at which the account trie hangs: 0, or 1 when the arena has one child of the top branch. */
export function setDepth(depth: u32): void {
  store<u32>(TOP_DEPTH, depth)
}

/** The leaf with the hashed key in a trie that hangs at depth 0. */
export function find(trie: usize, hashed: usize): usize {
  return findAt(trie, hashed, 0)
}

export function findAccount(trie: usize, hashed: usize): usize {
  return findAt(trie, hashed, load<u32>(TOP_DEPTH))
}

/** Writes the path to the hashed key above the arena, in a trie that hangs at depth 0; what it found is at `proofAt`, see walk.ts. */
export function prove(trie: usize, hashed: usize): void {
  proveAt(trie, hashed, 0)
}

export function proveAccount(trie: usize, hashed: usize): void {
  proveAt(trie, hashed, load<u32>(TOP_DEPTH))
}

/** Of the `count` keys in the input; what it writes above the arena, up to `witnessEnd`, is told in witness.ts. */
export function witness(trie: usize, depth: usize, count: usize): bool {
  return witnessOf(trie, depth, INPUT, count)
}

export function proofAt(): usize {
  return PROOF
}

/** Applies the batch of `length` bytes in the input, its hashed addresses at `keysAt`, its slots perhaps hashes too. */
export function applyKeyed(trie: usize, length: usize, slotsHashed: bool): usize {
  return applyBatch(trie, INPUT, INPUT + length, slotsHashed)
}

/** Hashes a trie that batches made and that is not empty; see hash.ts. */
export function seal(trie: usize): void {
  hashTrie(trie, root)
}

/** For a trie that became empty: writes what it replaced above the arena. */
export function sealEmpty(): void {
  ensure(arenaTop() + (replacedCount() << 2))
  takeReplaced(arenaTop())
}

/** Gives back the nodes whose references lie in the input, `count` of them. */
export function free(count: i32): void {
  for (let at = INPUT; count > 0; count--) {
    const node = <usize>load<u32>(at)
    touch(node)
    release(node, sizeOf(node))
    at += 4
  }
}

export function permutationCount(): u64 {
  return load<u64>(PERMUTATIONS)
}

/** Where the account's storage trie is, 0 for none. */
export function storageOf(account: usize): usize {
  touch(account)
  return belowOf(account)
}
