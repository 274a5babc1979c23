/**
 * Changing a trie. Each function returns the new reference of the subtree that it was given; public nodes on the way are
 * copied, private ones changed in place.
 */
import {
  belowOf,
  BRANCH,
  branchReference,
  childAt,
  childrenOf,
  copy32,
  endOf,
  EXTENSION,
  firstDifference,
  flagsOf,
  keyOf,
  kindOf,
  letGo,
  newBranch,
  newExtension,
  nibbleAt,
  rank,
  setBelow,
  setChild,
  setFlags,
  setKnownChild,
  sizeOf,
  SLOT,
  STALE,
  withChildren,
  writable,
} from './node'
import { touch } from './pages'

/** Whether the last call changed anything. */
let changed: bool = false

/** The leaf with this key in a trie that hangs at `depth`, 0 when absent. */
export function find(node: usize, key: usize, depth: usize): usize {
  while (node != 0) {
    touch(node)
    const kind = kindOf(node)
    if (kind == BRANCH) {
      node = childAt(node, nibbleAt(key, depth))
      depth++
    } else if (kind == EXTENSION) {
      // Whether the path agrees shows at the leaf.
      depth = endOf(node)
      node = belowOf(node)
    } else {
      return firstDifference(keyOf(node), key) == 64 ? node : 0
    }
  }
  return 0
}

/** Puts a private leaf into the trie; a leaf that is there already in the same form stays instead. */
export function insert(root: usize, leaf: usize, depth: usize): usize {
  changed = true
  return insertAt(root, depth, leaf)
}

function insertAt(node: usize, depth: usize, leaf: usize): usize {
  if (node == 0) return leaf
  touch(node)
  const key = keyOf(leaf)
  const kind = kindOf(node)
  if (kind == BRANCH) return insertInBranch(node, depth, leaf)
  const difference = firstDifference(keyOf(node), key)
  if (kind == EXTENSION) {
    const end = endOf(node)
    if (difference < end) return splitExtension(node, depth, difference, leaf)
    const child = insertAt(belowOf(node), end, leaf)
    if (!changed) return node
    const result = writable(node)
    setBelow(result, child)
    return result
  }
  if (difference == 64) {
    if (sameLeaf(node, leaf)) {
      letGo(leaf)
      changed = false
      return node
    }
    letGo(node)
    return leaf
  }
  const there = nibbleAt(keyOf(node), difference)
  const here = nibbleAt(key, difference)
  const branch = newBranch((1 << there) | (1 << here))
  setChild(branch, there, node)
  setChild(branch, here, leaf)
  return difference > depth ? newExtension(key, difference, branch) : branch
}

function insertInBranch(node: usize, depth: usize, leaf: usize): usize {
  const nibble = nibbleAt(keyOf(leaf), depth)
  const child = childAt(node, nibble)
  if (child == 0) {
    const grown = withChildren(node, childrenOf(node) | (1 << nibble))
    setChild(grown, nibble, leaf)
    return grown
  }
  const inserted = insertAt(child, depth + 1, leaf)
  if (!changed) return node
  const result = writable(node)
  setChild(result, nibble, inserted)
  return result
}

/** A branch where the key leaves the extension's path. */
function splitExtension(node: usize, depth: usize, at: usize, leaf: usize): usize {
  const key = keyOf(leaf)
  const there = nibbleAt(keyOf(node), at)
  const here = nibbleAt(key, at)
  const child = belowOf(node)
  const branch = newBranch((1 << there) | (1 << here))
  const stale = (flagsOf(node) & STALE) != 0
  if (at + 1 < endOf(node)) {
    const rest = newExtension(keyOf(node), endOf(node), child)
    if (!stale) {
      copy32(rest + 40, node + 40)
      store<u8>(rest, load<u8>(node, 3), 3)
      setFlags(rest, flagsOf(rest) & ~STALE)
    }
    setChild(branch, there, rest)
  } else if (stale) setChild(branch, there, child)
  else setKnownChild(branch, there, child, node + 40, load<u8>(node, 3) != 0)
  setChild(branch, here, leaf)
  letGo(node)
  return at > depth ? newExtension(key, at, branch) : branch
}

function sameLeaf(a: usize, b: usize): bool {
  // A stale leaf's storage has changed even if nothing in the leaf has.
  if ((flagsOf(a) | flagsOf(b)) & STALE) return false
  if (flagsOf(a) >> 2 != flagsOf(b) >> 2) return false
  const size = sizeOf(a)
  if (size != sizeOf(b)) return false
  return memory.compare(a + 4, b + 4, size - 4) == 0
}

/** Removes the leaf with this key, if there is one. */
export function remove(root: usize, key: usize, depth: usize): usize {
  changed = true
  return removeAt(root, depth, key)
}

function removeAt(node: usize, depth: usize, key: usize): usize {
  if (node == 0) {
    changed = false
    return 0
  }
  touch(node)
  const kind = kindOf(node)
  if (kind == BRANCH) return removeFromBranch(node, depth, key)
  const difference = firstDifference(keyOf(node), key)
  if (kind == EXTENSION) {
    if (difference < endOf(node)) {
      changed = false
      return node
    }
    const child = removeAt(belowOf(node), endOf(node), key)
    if (!changed) return node
    if (kindOf(child) != BRANCH) {
      // A leaf or a longer extension begins where this one began.
      letGo(node)
      return child
    }
    const result = writable(node)
    setBelow(result, child)
    return result
  }
  if (difference < 64) {
    changed = false
    return node
  }
  letGo(node)
  return 0
}

const path: usize = memory.data(32)

function removeFromBranch(node: usize, depth: usize, key: usize): usize {
  const nibble = nibbleAt(key, depth)
  const child = removeAt(childAt(node, nibble), depth + 1, key)
  if (!changed) return node
  if (child != 0) {
    const result = writable(node)
    setChild(result, nibble, child)
    return result
  }
  const left = childrenOf(node) & ~(1 << nibble)
  if (left & (left - 1)) return withChildren(node, left)
  return collapse(node, <u32>ctz<u32>(left), depth, key)
}

/** What remains of a branch that has one child left. */
function collapse(branch: usize, nibble: u32, depth: usize, key: usize): usize {
  const child = childAt(branch, nibble)
  touch(child)
  if (kindOf(child) != BRANCH) {
    letGo(branch)
    return child
  }
  copy32(path, key)
  const at = path + (depth >> 1)
  const byte = <u32>load<u8>(at)
  store<u8>(at, <u8>(depth & 1 ? (byte & 0xf0) | nibble : (byte & 15) | (nibble << 4)))
  const result = newExtension(path, depth + 1, child)
  if (((<u32>load<u16>(branch, 6) >> nibble) & 1) == 0) {
    copy32(result + 40, branchReference(branch, nibble))
    store<u8>(result, <u8>((<u32>load<u16>(branch, 4) >> nibble) & 1), 3)
    setFlags(result, flagsOf(result) & ~STALE)
  }
  letGo(branch)
  return result
}

/** Lets go of a whole trie, storage tries of its accounts included. */
export function destroy(node: usize): void {
  if (node == 0) return
  touch(node)
  if (kindOf(node) == BRANCH) {
    const children = childrenOf(node)
    for (let left = children; left != 0; left &= left - 1) {
      destroy(load<u32>(node + 8 + (rank(children, <u32>ctz<u32>(left)) << 2)))
    }
  } else if (kindOf(node) != SLOT) destroy(belowOf(node))
  letGo(node)
}
