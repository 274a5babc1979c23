/** Leaves of a hashed trie in the order of their keys. What is written goes above the arena. */
import { arenaTop, ensure } from './arena'
import { belowOf, BRANCH, childAt, endOf, EXTENSION, keyOf, kindOf, nibbleAt } from './node'
import { touch } from './pages'

let out: usize = 0
let left: u32 = 0

/**
 * Writes u32 references to at most `max` leaves, the first of them the one with the key at `from` or the next after it. Returns the
 * address after the last.
 */
export function leaves(node: usize, depth: usize, from: usize, max: u32): usize {
  out = (arenaTop() + 7) & ~7
  ensure(out + (<usize>max << 2))
  left = max
  if (node != 0) walk(node, depth, from)
  return out
}

/** `from` is 0 where all that is below comes after it. */
function walk(node: usize, depth: usize, from: usize): void {
  touch(node)
  const kind = kindOf(node)
  if (kind == BRANCH) {
    const first: u32 = from ? nibbleAt(from, depth) : 0
    for (let nibble = first; nibble < 16 && left > 0; nibble++) {
      const child = childAt(node, nibble)
      if (child != 0) walk(child, depth + 1, from != 0 && nibble == first ? from : 0)
    }
    return
  }
  const order = from ? comparePaths(keyOf(node), from, depth, kind == EXTENSION ? endOf(node) : 64) : 1
  if (order < 0) return
  if (kind == EXTENSION) {
    walk(belowOf(node), endOf(node), order == 0 ? from : 0)
    return
  }
  store<u32>(out, <u32>node)
  out += 4
  left--
}

/** Negative when the first one's nibbles from `depth` to `end` come before the second one's. */
function comparePaths(a: usize, b: usize, depth: usize, end: usize): i32 {
  for (; depth < end; depth++) {
    const difference = <i32>nibbleAt(a, depth) - <i32>nibbleAt(b, depth)
    if (difference != 0) return difference
  }
  return 0
}
