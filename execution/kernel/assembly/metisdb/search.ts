/**
 * Finding many keys at once, level by level: the memory brings the next nodes of several paths at a time, where one path after the
 * other would wait for each node. For that all nodes of a level are read before anything is decided by what they are: a decision that
 * the processor guesses wrong would throw away what it has asked for after it.
 */
import { belowOf, BRANCH, childAt, endOf, EXTENSION, firstDifference, keyOf, kindOf, nibbleAt } from './node'
import { touch } from './pages'

/** How many. */
export const TOGETHER: usize = 64

/** For each key: u32 node, u32 its depth. */
const paths: usize = memory.data(512)
/** Where what is read ahead goes, so that the compiler leaves the reads. */
const sink: usize = memory.data(8)

/** The leaf of the `i`th key, 0 when absent. */
export function found(i: usize): usize {
  return load<u32>(paths + (i << 3))
}

/** Looks up `count` keys that lie one behind the other in a trie that hangs at `depth`; see `found`. */
export function findAll(root: usize, depth: usize, keys: usize, count: usize): void {
  const end = paths + (count << 3)
  for (let path = paths; path < end; path += 8) store<u64>(path, <u64>root | (<u64>depth << 32))
  let going: bool = root != 0
  while (going) {
    going = false
    bring(end)
    let key = keys
    for (let path = paths; path < end; path += 8) {
      const node = <usize>load<u32>(path)
      if (node != 0 && step(path, node, key)) going = true
      key += 32
    }
  }
}

/** Reads the beginning of each path's next node: head and references, which together are 72 bytes at most. */
function bring(end: usize): void {
  let read: u64 = 0
  for (let path = paths; path < end; path += 8) {
    const node = <usize>load<u32>(path)
    read ^= load<u64>(node) ^ load<u64>(node, 64)
  }
  store<u64>(sink, read)
}

/** Goes one node further; false when there is none. */
// @ts-ignore: decorator
@inline
function step(path: usize, node: usize, key: usize): bool {
  touch(node)
  const kind = kindOf(node)
  if (kind == BRANCH) {
    const depth = <usize>load<u32>(path, 4)
    store<u32>(path, <u32>childAt(node, nibbleAt(key, depth)))
    store<u32>(path, <u32>depth + 1, 4)
    return true
  }
  if (kind == EXTENSION) {
    // Whether the path agrees shows at the leaf.
    store<u32>(path, <u32>belowOf(node))
    store<u32>(path, <u32>endOf(node), 4)
    return true
  }
  if (firstDifference(keyOf(node), key) != 64) store<u32>(path, 0)
  return false
}
