/** What two hashed tries do not have in common. What is written goes above the arena. */
import { arenaTop, ensure } from './arena'
import {
  belowOf,
  BRANCH,
  childAt,
  endOf,
  EXTENSION,
  firstDifference,
  keyOf,
  kindOf,
  nibbleAt,
} from './node'
import { touch } from './pages'

let out: usize = 0

/**
 * Writes two u32 references for each key whose leaf is not the same node in both: the leaf in the first trie and that in the
 * second, 0 where there is none; in no particular order. Returns the address after the last.
 */
export function compare(a: usize, b: usize, depth: usize): usize {
  out = (arenaTop() + 7) & ~7
  visit(a, b, depth)
  return out
}

function visit(a: usize, b: usize, depth: usize): void {
  if (a == b) return
  if (a == 0 || b == 0) {
    each(a | b, 0, a != 0)
    return
  }
  touch(a)
  touch(b)
  const leafA = isLeaf(a)
  const leafB = isLeaf(b)
  if (leafA && leafB && firstDifference(keyOf(a), keyOf(b)) == 64) write(a, b)
  else if (leafA) {
    found = 0
    each(b, a, false)
    write(a, found)
  } else if (leafB) {
    found = 0
    each(a, b, true)
    write(found, b)
  } else {
    for (let nibble: u32 = 0; nibble < 16; nibble++) visit(step(a, depth, nibble), step(b, depth, nibble), depth + 1)
  }
}

function isLeaf(node: usize): bool {
  const kind = kindOf(node)
  return kind != BRANCH && kind != EXTENSION
}

/** What hangs below a branch at a nibble; an extension is as many branches with one child. */
function step(node: usize, depth: usize, nibble: u32): usize {
  if (kindOf(node) == BRANCH) return childAt(node, nibble)
  if (nibbleAt(keyOf(node), depth) != nibble) return 0
  return depth + 1 == endOf(node) ? belowOf(node) : node
}

/** The leaf with the other one's key. */
let found: usize = 0

/** Writes all leaves below as being in one trie only, but the one with the key of `other`, which it finds. */
function each(node: usize, other: usize, inFirst: bool): void {
  touch(node)
  const kind = kindOf(node)
  if (kind == BRANCH) {
    for (let nibble: u32 = 0; nibble < 16; nibble++) {
      const child = childAt(node, nibble)
      if (child != 0) each(child, other, inFirst)
    }
  } else if (kind == EXTENSION) each(belowOf(node), other, inFirst)
  else if (other != 0 && firstDifference(keyOf(node), keyOf(other)) == 64) found = node
  else if (inFirst) write(node, 0)
  else write(0, node)
}

function write(a: usize, b: usize): void {
  if (a == b) return
  ensure(out + 8)
  store<u32>(out, <u32>a)
  store<u32>(out, <u32>b, 4)
  out += 8
}
