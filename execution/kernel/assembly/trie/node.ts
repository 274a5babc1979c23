/**
 * Nodes of the hexary Merkle Patricia trie (Yellow Paper, appendix D), decoded, in the arena. A reference is an address;
 * 0 is the empty trie.
 *
 *   0  u8   kind
 *   1  u8   length of the reference that the parent holds: 0 = not known yet (dirty), 32 = hash, else the node's own RLP
 *   2  u16  nibbles in the path (leaf, extension)
 *   4  u32  child (extension)
 *   8  32   the reference
 *  40  u32  value address, 44 u32 value length (leaf, branch; a branch without value has length 0)
 *  48  leaf, extension: path, one nibble a byte; branch: 16 child references
 *
 * A dirty node belongs to one trie that is being written and is changed in place; hashing makes it clean, and a clean node
 * never changes again but for a stub among its children being replaced by the node it stands for.
 */
import { allocate } from './arena'

/** Known by hash only. */
export const STUB: u8 = 1
export const LEAF: u8 = 2
export const EXTENSION: u8 = 3
export const BRANCH: u8 = 4

const VALUE: usize = 40
const BODY: usize = 48

export function kindOf(node: usize): u8 {
  return load<u8>(node)
}

/** 0 while dirty. */
export function referenceLength(node: usize): usize {
  return load<u8>(node, 1)
}

export function referenceAt(node: usize): usize {
  return node + 8
}

export function setReference(node: usize, at: usize, length: usize): void {
  store<u8>(node, length, 1)
  memory.copy(node + 8, at, length)
}

export function isDirty(node: usize): bool {
  return referenceLength(node) == 0
}

export function pathLength(node: usize): usize {
  return load<u16>(node, 2)
}

export function pathAt(node: usize): usize {
  return node + BODY
}

export function extensionChild(node: usize): usize {
  return load<u32>(node, 4)
}

export function setExtensionChild(node: usize, child: usize): void {
  store<u32>(node, child, 4)
}

export function branchChild(node: usize, nibble: usize): usize {
  return load<u32>(node + BODY + (nibble << 2))
}

export function setBranchChild(node: usize, nibble: usize, child: usize): void {
  store<u32>(node + BODY + (nibble << 2), child)
}

export function valueAt(node: usize): usize {
  return load<u32>(node, VALUE)
}

export function valueLength(node: usize): usize {
  return load<u32>(node, VALUE + 4)
}

export function setValue(node: usize, at: usize, length: usize): void {
  store<u32>(node, at, VALUE)
  store<u32>(node, length, VALUE + 4)
}

export function newStub(hash: usize): usize {
  const node = allocate(VALUE)
  store<u64>(node, STUB)
  setReference(node, hash, 32)
  return node
}

/** A dirty leaf; path and value are taken from the given addresses, the value by reference. */
export function newLeaf(path: usize, nibbles: usize, value: usize, length: usize): usize {
  const node = newPathNode(LEAF, path, nibbles)
  setValue(node, value, length)
  return node
}

export function newExtension(path: usize, nibbles: usize, child: usize): usize {
  const node = newPathNode(EXTENSION, path, nibbles)
  setExtensionChild(node, child)
  return node
}

function newPathNode(kind: u8, path: usize, nibbles: usize): usize {
  const node = allocate(BODY + nibbles)
  store<u64>(node, kind)
  store<u16>(node, nibbles, 2)
  memory.copy(node + BODY, path, nibbles)
  return node
}

export function newBranch(): usize {
  const node = allocate(BODY + 64)
  memory.fill(node, 0, BODY + 64)
  store<u8>(node, BRANCH)
  return node
}

/** The node itself if it is dirty, else a dirty copy. */
export function writable(node: usize): usize {
  if (isDirty(node)) return node
  const size = BODY + (kindOf(node) == BRANCH ? 64 : pathLength(node))
  const copy = allocate(size)
  memory.copy(copy, node, size)
  store<u8>(copy, 0, 1)
  return copy
}
