/**
 * Fast module `metisdb`: the state trie in an arena that a file can hold, and tables of hot accounts and slots. The host uses
 * two instances, one for each, so that both have a memory of their own.
 */
import { adopt, arenaTop, create, ensure, freeze, release, thaw } from '../metisdb/arena'
import { applyBatch } from '../metisdb/batch'
import { hashTrie, madeCount, permutations } from '../metisdb/hash'
import {
  clearAccounts,
  clearSlots,
  createHot,
  hotAccount,
  hotAccounts,
  hotBatch,
  hotSlot,
  rememberAccount,
  rememberSlot,
  setSeed,
} from '../metisdb/hot'
import { permutePairs } from '../metisdb/keccakPair'
import { ARENA, INPUT, INPUT_SIZE } from '../metisdb/layout'
import { replacedCount, takeReplaced } from '../metisdb/log'
import { belowOf, kindOf, sizeOf } from '../metisdb/node'
import { below, encoded, prove } from '../metisdb/walk'
import { destroy, find } from '../metisdb/write'
import { keccak256 } from '../crypto/keccak'

export {
  adopt,
  arenaTop,
  below,
  clearAccounts,
  clearSlots,
  create,
  createHot,
  destroy,
  encoded,
  ensure,
  find,
  freeze,
  hotAccount,
  hotAccounts,
  hotBatch,
  hotSlot,
  kindOf,
  madeCount,
  permutePairs,
  prove,
  rememberAccount,
  rememberSlot,
  replacedCount,
  setSeed,
  thaw,
}

const key: usize = memory.data(64)
const root: usize = memory.data(32)

export function arenaBase(): usize {
  return ARENA
}

/** Where a batch is put, and keys of hot lookups. */
export function inputAt(): usize {
  return INPUT
}

export function inputSize(): usize {
  return INPUT_SIZE
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

/** Applies the batch of `length` bytes in the input. */
export function apply(trie: usize, length: usize): usize {
  return applyBatch(trie, INPUT, INPUT + length)
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
    release(node, sizeOf(node))
    at += 4
  }
}

export function permutationCount(): u64 {
  return permutations
}

/** Where the account's storage trie is, 0 for none. */
export function storageOf(account: usize): usize {
  return belowOf(account)
}
