/**
 * Reading a trie with nothing but values and nodes: these functions may run in any thread while another writes. They are called
 * from other instances, which have memories of their own, so that keys come and words go as numbers.
 */
import { belowOf, BRANCH, childAt, endOf, EXTENSION, kindOf } from './node'
import { touch } from './pages'

let k0: u64 = 0
let k1: u64 = 0
let k2: u64 = 0
let k3: u64 = 0

function keyNibble(depth: usize): u32 {
  const word = depth < 32 ? (depth < 16 ? k0 : k1) : depth < 48 ? k2 : k3
  return <u32>(word >> (((depth & 15) ^ 1) << 2)) & 15
}

/**
 * The leaf with this key, 32 bytes as four words as they would be loaded, in a trie that hangs at `depth`; 0 when absent.
 */
export function lookUp(node: usize, depth: usize, a: u64, b: u64, c: u64, d: u64): usize {
  k0 = a
  k1 = b
  k2 = c
  k3 = d
  while (node != 0) {
    touch(node)
    const kind = kindOf(node)
    if (kind == BRANCH) {
      node = childAt(node, keyNibble(depth))
      depth++
    } else if (kind == EXTENSION) {
      // Whether the path agrees shows at the leaf.
      depth = endOf(node)
      node = belowOf(node)
    } else {
      const differs =
        (load<u64>(node, 8) ^ a) | (load<u64>(node, 16) ^ b) | (load<u64>(node, 24) ^ c) | (load<u64>(node, 32) ^ d)
      return differs == 0 ? node : 0
    }
  }
  return 0
}

/** Eight bytes of a node, which may have been found long before. */
export function peek(at: usize): u64 {
  touch(at)
  return load<u64>(at)
}
