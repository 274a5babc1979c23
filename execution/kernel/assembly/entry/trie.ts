/**
 * Fast module `trie`: Merkle Patricia tries for the host, many roots over one arena of shared nodes. Keys go to `keyBuffer`,
 * values to `valueBuffer`, hashes to and from `hashBuffer`. A root is a reference, 0 the empty trie.
 */
import { keccak256 } from '../crypto/keccak'
import { arenaUsed, initArena, reserve, resetArena } from '../trie/arena'
import { prove as proveKey, rootHash as writeRootHash } from '../trie/hash'
import { newStub, valueAt, valueLength } from '../trie/node'
import { find, put as putKey, remove as removeKey, resolve } from '../trie/trie'

const keyBytes: usize = memory.data(1024)
const hashBytes: usize = memory.data(32)

export function init(): void {
  initArena(__heap_base, <usize>memory.size() << 16)
}

export function keyBuffer(): usize {
  return keyBytes
}

export function hashBuffer(): usize {
  return hashBytes
}

/** Room for a value, until the next call. */
export function valueBuffer(length: usize): usize {
  return reserve(length)
}

/** Replaces the key in `keyBuffer` by its keccak-256. */
export function hashKey(length: usize): void {
  keccak256(keyBytes, length, keyBytes)
}

/** The trie whose root hash is in `hashBuffer`; loads its root node. */
export function open(): usize {
  return resolve(newStub(hashBytes))
}

/** What holds the key's value, for `foundAt` and `foundLength`; 0 when absent. */
export function get(root: usize, keyLength: usize): usize {
  return find(root, keyBytes, keyLength)
}

export function foundAt(found: usize): usize {
  return valueAt(found)
}

export function foundLength(found: usize): usize {
  return valueLength(found)
}

/** Puts the value that `valueBuffer` was filled with. */
export function put(root: usize, keyLength: usize, valueLength: usize): usize {
  return putKey(root, keyBytes, keyLength, reserve(valueLength), valueLength)
}

export function remove(root: usize, keyLength: usize): usize {
  return removeKey(root, keyBytes, keyLength)
}

/** Writes the root hash to `hashBuffer`, emitting new nodes. */
export function rootHash(root: usize): void {
  writeRootHash(root, hashBytes)
}

export function prove(root: usize, keyLength: usize): void {
  proveKey(root, keyBytes, keyLength)
}

export function used(): usize {
  return arenaUsed()
}

export function reset(): void {
  resetArena()
}
