/**
 * Reading and writing a trie by its root reference. `put` and `remove` return the new root; the old one stays valid if it
 * was hashed. All nodes that a call needs are loaded on its way down, so a missing node leaves the trie as it was (but for
 * the sibling that a removal merges: the host must then drop the trie's unhashed changes).
 */
import { ascend, descend } from './depth'
import { keccak256 } from '../crypto/keccak'
import { allocate, reserve } from './arena'
import { MAXIMUM_NIBBLES, decodeNode } from './codec'
import { corrupt, preimage } from './host'
import {
  BRANCH,
  LEAF,
  STUB,
  branchChild,
  extensionChild,
  kindOf,
  newBranch,
  newExtension,
  newLeaf,
  pathAt,
  pathLength,
  referenceAt,
  setBranchChild,
  setExtensionChild,
  setReference,
  setValue,
  valueAt,
  valueLength,
  writable,
} from './node'

/** The key of the running call, one nibble a byte. */
const key: usize = memory.data(<i32>MAXIMUM_NIBBLES)
let keyEnd: usize = 0

/** The value being put, already in the arena. */
let newValue: usize = 0
let newValueLength: usize = 0

/** Nodes of up to this size, all but those with long values, are decoded from a fixed buffer. */
const LOAD_BUFFER_SIZE: usize = 1024
const loadBuffer: usize = memory.data(1024)
const loadedHash: usize = memory.data(32)

/** The node itself, or what the stub stands for. Callers put the result where the stub was. */
export function resolve(node: usize): usize {
  if (kindOf(node) != STUB) return node
  const hash = referenceAt(node)
  let at = loadBuffer
  const length = preimage(hash, at, LOAD_BUFFER_SIZE)
  if (length > LOAD_BUFFER_SIZE) {
    at = allocate(length)
    preimage(hash, at, length)
  }
  if (ASC_FEATURE_SIMD) {
    keccak256(at, length, loadedHash)
    if (!equal(loadedHash, hash, 32)) corrupt(hash)
  }
  const loaded = decodeNode(at, at + length)
  setReference(loaded, hash, 32)
  return loaded
}

function equal(a: usize, b: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false
  return true
}

function setKey(at: usize, length: usize): void {
  if (length * 2 > MAXIMUM_NIBBLES) unreachable()
  let out = key
  for (const end = at + length; at < end; at++) {
    const byte = load<u8>(at)
    store<u8>(out, byte >> 4)
    store<u8>(out, byte & 15, 1)
    out += 2
  }
  keyEnd = out
}

/** Nibbles that a node's path has in common with the key from `at`. */
function commonLength(node: usize, at: usize): usize {
  const path = pathAt(node)
  const longest = min(pathLength(node), keyEnd - at)
  let common: usize = 0
  while (common < longest && load<u8>(path + common) == load<u8>(at + common)) common++
  return common
}

/** Walks towards a key, one node at a time; see {@link get} and the proofs. */
let walkAt: usize = 0
let walkFound: usize = 0

export function beginWalk(keyAt: usize, keyLength: usize): void {
  setKey(keyAt, keyLength)
  walkAt = key
  walkFound = 0
}

/** The node after `node` (resolved) on the way to the key; 0 at the end, where `walkValue` has the node with the value. */
export function nextOnWalk(node: usize): usize {
  if (kindOf(node) == BRANCH) {
    if (walkAt == keyEnd) {
      if (valueLength(node) > 0) walkFound = node
      return 0
    }
    const nibble = load<u8>(walkAt++)
    const child = branchChild(node, nibble)
    if (child == 0) return 0
    const loaded = resolve(child)
    if (loaded != child) setBranchChild(node, nibble, loaded)
    return loaded
  }
  if (commonLength(node, walkAt) != pathLength(node)) return 0
  walkAt += pathLength(node)
  if (kindOf(node) == LEAF) {
    if (walkAt == keyEnd) walkFound = node
    return 0
  }
  return loadExtensionChild(node)
}

function loadExtensionChild(node: usize): usize {
  const child = extensionChild(node)
  const loaded = resolve(child)
  if (loaded != child) setExtensionChild(node, loaded)
  return loaded
}

/** The leaf or branch that holds the key's value, 0 when the key is absent. `root` is resolved or 0. */
export function find(root: usize, keyAt: usize, keyLength: usize): usize {
  if (root == 0) return 0
  beginWalk(keyAt, keyLength)
  for (let node = root; node != 0; ) node = nextOnWalk(node)
  return walkFound
}

/** Sets a value of at least one byte, copied from `valueAt`; returns the new root. `root` is resolved or 0. */
export function put(root: usize, keyAt: usize, keyLength: usize, valueAt: usize, length: usize): usize {
  setKey(keyAt, keyLength)
  newValue = allocate(length)
  newValueLength = length
  memory.copy(newValue, valueAt, length)
  return insert(root, key)
}

/** `node` is resolved or 0; `at` is where in the key it hangs. Returns `node` itself when nothing changed. */
function insert(node: usize, at: usize): usize {
  if (node == 0) return newLeaf(at, keyEnd - at, newValue, newValueLength)
  if (kindOf(node) == BRANCH) return insertInBranch(node, at)
  const common = commonLength(node, at)
  if (common < pathLength(node)) return split(node, common, at)
  if (kindOf(node) == LEAF) {
    if (at + common == keyEnd) return withValue(node)
    return split(node, common, at)
  }
  const child = loadExtensionChild(node)
  descend()
  const changed = insert(child, at + common)
  ascend()
  if (changed == child) return node
  const result = writable(node)
  setExtensionChild(result, changed)
  return result
}

function insertInBranch(node: usize, at: usize): usize {
  if (at == keyEnd) return withValue(node)
  const nibble = load<u8>(at)
  let child = branchChild(node, nibble)
  if (child != 0) {
    const loaded = resolve(child)
    if (loaded != child) setBranchChild(node, nibble, loaded)
    child = loaded
  }
  descend()
  const changed = insert(child, at + 1)
  ascend()
  if (changed == child) return node
  const result = writable(node)
  setBranchChild(result, nibble, changed)
  return result
}

function withValue(node: usize): usize {
  const same = valueLength(node) == newValueLength && equal(valueAt(node), newValue, newValueLength)
  if (same) return node
  const result = writable(node)
  setValue(result, newValue, newValueLength)
  return result
}

/** A branch where the leaf's or extension's path and the key part, below an extension for what they share. */
function split(node: usize, common: usize, at: usize): usize {
  const branch = newBranch()
  const path = pathAt(node)
  const rest = pathLength(node) - common
  if (kindOf(node) == LEAF) {
    if (rest == 0) setValue(branch, valueAt(node), valueLength(node))
    else {
      const leaf = newLeaf(path + common + 1, rest - 1, valueAt(node), valueLength(node))
      setBranchChild(branch, load<u8>(path + common), leaf)
    }
  } else {
    const child = extensionChild(node)
    setBranchChild(
      branch,
      load<u8>(path + common),
      rest == 1 ? child : newExtension(path + common + 1, rest - 1, child),
    )
  }
  const keyRest = at + common
  if (keyRest == keyEnd) setValue(branch, newValue, newValueLength)
  else {
    const leaf = newLeaf(keyRest + 1, keyEnd - keyRest - 1, newValue, newValueLength)
    setBranchChild(branch, load<u8>(keyRest), leaf)
  }
  return common == 0 ? branch : newExtension(path, common, branch)
}

/** Removes a key; returns the new root, 0 when nothing is left. `root` is resolved or 0. */
export function remove(root: usize, keyAt: usize, keyLength: usize): usize {
  if (root == 0) return 0
  setKey(keyAt, keyLength)
  return removeFrom(root, key)
}

function removeFrom(node: usize, at: usize): usize {
  if (kindOf(node) == BRANCH) return removeFromBranch(node, at)
  const length = pathLength(node)
  if (commonLength(node, at) != length) return node
  if (kindOf(node) == LEAF) return at + length == keyEnd ? 0 : node
  const child = loadExtensionChild(node)
  descend()
  const changed = removeFrom(child, at + length)
  ascend()
  if (changed == child) return node
  if (kindOf(changed) != BRANCH) return withPrefix(pathAt(node), length, changed)
  const result = writable(node)
  setExtensionChild(result, changed)
  return result
}

function removeFromBranch(node: usize, at: usize): usize {
  if (at == keyEnd) {
    if (valueLength(node) == 0) return node
    const result = writable(node)
    setValue(result, 0, 0)
    return collapse(result)
  }
  const nibble = load<u8>(at)
  const child = branchChild(node, nibble)
  if (child == 0) return node
  const loaded = resolve(child)
  if (loaded != child) setBranchChild(node, nibble, loaded)
  descend()
  const changed = removeFrom(loaded, at + 1)
  ascend()
  if (changed == loaded) return node
  const result = writable(node)
  setBranchChild(result, nibble, changed)
  return changed == 0 ? collapse(result) : result
}

/** What a branch becomes that just lost an entry: itself, or its last entry without the branch. */
function collapse(branch: usize): usize {
  let last: usize = 0
  let children = 0
  for (let nibble: usize = 0; nibble < 16; nibble++) {
    if (branchChild(branch, nibble) == 0) continue
    last = nibble
    children++
  }
  if (children + <i32>(valueLength(branch) > 0) > 1) return branch
  if (children == 0) return newLeaf(key, 0, valueAt(branch), valueLength(branch))
  const child = resolve(branchChild(branch, last))
  setBranchChild(branch, last, child)
  const prefix = allocate(1)
  store<u8>(prefix, last)
  return kindOf(child) == BRANCH ? newExtension(prefix, 1, child) : withPrefix(prefix, 1, child)
}

/** The leaf or extension `node` with a longer path. */
function withPrefix(prefix: usize, length: usize, node: usize): usize {
  const total = length + pathLength(node)
  const joined = reserve(2 * total + 64) + total + 64
  memory.copy(joined, prefix, length)
  memory.copy(joined + length, pathAt(node), pathLength(node))
  return kindOf(node) == LEAF
    ? newLeaf(joined, total, valueAt(node), valueLength(node))
    : newExtension(joined, total, extensionChild(node))
}
