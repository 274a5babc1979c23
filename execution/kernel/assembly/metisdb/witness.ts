/**
 * The nodes that somebody needs who has nothing else of a trie and reads, changes and removes some keys: all on the way to them, and
 * where of a branch one child may remain, that one too, because the branch is then gone and the child hangs elsewhere.
 */
import { arenaTop, ensure } from './arena'
import { encode, encodedAt, MAXIMUM_LENGTH } from './encode'
import {
  belowOf,
  BRANCH,
  childAt,
  childrenOf,
  endOf,
  EXTENSION,
  firstDifference,
  keyOf,
  kindOf,
  nibbleAt,
} from './node'
import { touch } from './pages'

/** 32 key, u32 whether it may be removed, u32 0. */
export const WANTED: usize = 40

/** Behind the last node. */
let out: usize = 0

export function witnessEnd(): usize {
  return out
}

/**
 * Writes the nodes above the arena, each u32 length, RLP, up to 3 bytes to where a word begins. The keys lie in their order, each once.
 * Whether nothing of the trie remains when all that may be removed is.
 */
export function witness(node: usize, depth: usize, keys: usize, count: usize): bool {
  out = (arenaTop() + 7) & ~7
  return visit(node, depth, keys, keys + count * WANTED, false)
}

function visit(node: usize, depth: usize, from: usize, to: usize, embedded: bool): bool {
  touch(node)
  if (!embedded) write(node, depth)
  const kind = kindOf(node)
  if (kind == BRANCH) return visitBranch(node, depth, from, to)
  if (kind == EXTENSION) {
    const length = endOf(node)
    while (from < to && firstDifference(keyOf(node), from) < length) from += WANTED
    let end = from
    while (end < to && firstDifference(keyOf(node), end) >= length) end += WANTED
    return from < end && visit(belowOf(node), length, from, end, load<u8>(node, 3) != 0)
  }
  for (let key = from; key < to; key += WANTED) {
    if (firstDifference(keyOf(node), key) == 64) return load<u32>(key, 32) != 0
  }
  return false
}

function visitBranch(node: usize, depth: usize, from: usize, to: usize): bool {
  const embedded = <u32>load<u16>(node, 4)
  let going = 0
  let staying = 0
  /** The last that stays, if nothing below it is wanted. */
  let unseen: i32 = -1
  for (let left = childrenOf(node); left != 0; left &= left - 1) {
    const nibble = <u32>ctz<u32>(left)
    while (from < to && nibbleAt(from, depth) < nibble) from += WANTED
    let end = from
    while (end < to && nibbleAt(end, depth) == nibble) end += WANTED
    if (end > from && visit(childAt(node, nibble), depth + 1, from, end, ((embedded >> nibble) & 1) != 0)) going++
    else {
      staying++
      unseen = end > from ? -1 : <i32>nibble
    }
    from = end
  }
  if (going != 0 && staying == 1 && unseen >= 0 && ((embedded >> unseen) & 1) == 0) {
    const child = childAt(node, unseen)
    touch(child)
    write(child, depth + 1)
  }
  return staying == 0
}

function write(node: usize, depth: usize): void {
  ensure(out + 4 + MAXIMUM_LENGTH)
  const length = encode(node, depth, out + 4)
  memory.copy(out + 4, encodedAt, length)
  store<u32>(out, <u32>length)
  out = (out + 4 + length + 3) & ~3
}
