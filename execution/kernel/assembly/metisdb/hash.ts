/**
 * Hashing what a batch made: nodes are listed by level, the deepest level is hashed first, and within a level two nodes of
 * equally many blocks go through the permutation together.
 *
 * The list lies above the arena, which does not grow meanwhile. Entries:
 *   0 u32 node   4 u32 address of the reference to write   8 u32 parent (0: the reference is a root's, always a hash)
 *  12 u8 depth   13 u8 nibble   16 u32 next of the level
 */
import { keccak256 } from '../crypto/keccak'
import { arenaTop, ensure } from './arena'
import { encode, encodedAt } from './encode'
import { hashPair, pad } from './keccakPair'
import { MADE, PERMUTATIONS, TOP_DEPTH } from './layout'
import { takeReplaced, replacedCount } from './log'
import {
  ACCOUNT,
  belowOf,
  BRANCH,
  branchReference,
  childAt,
  copyLoosely,
  endOf,
  EXTENSION,
  flagsOf,
  kindOf,
  PRIVATE,
  setFlags,
  STALE,
  storageRootAt,
} from './node'
import { touch } from './pages'

const ENTRY: usize = 24
const RATE: usize = 136

/** An account trie and a storage trie below it, each at most 65 nodes deep. */
const LEVELS: usize = 132
const levels: usize = memory.data(528)
/** For each number of blocks one message that waits for a second: message, then where its hash goes. */
const WAITING: usize = 768
const waiting: usize = memory.data(3840)
const waitingOut: usize = memory.data(24)

let listEnd: usize = 0

/**
 * Writes the trie's root hash to `out` and makes all its nodes public. Then, above the arena: the references of the nodes that
 * the batch made, and of those that it replaced; see `madeCount`.
 */
export function hashTrie(root: usize, out: usize): void {
  memory.fill(levels, 0, 4 * LEVELS)
  listEnd = (arenaTop() + 7) & ~7
  list(root, out, 0, load<u32>(TOP_DEPTH), 0, 0)
  for (let level: isize = LEVELS - 1; level >= 0; level--) {
    const first = <usize>load<u32>(levels + (level << 2))
    if (first != 0) hashLevel(first)
  }
  // Each entry is longer than the reference that overwrites it.
  const start = (arenaTop() + 7) & ~7
  let made = start
  for (let entry = start; entry < listEnd; entry += ENTRY) {
    const node = <usize>load<u32>(entry)
    if ((flagsOf(node) & PRIVATE) == 0) continue
    setFlags(node, flagsOf(node) & ~PRIVATE)
    store<u32>(made, <u32>node)
    made += 4
  }
  store<u32>(MADE, (made - start) >> 2)
  const count = replacedCount()
  ensure(made + (count << 2))
  takeReplaced(made)
}

export function madeCount(): usize {
  return load<u32>(MADE)
}

function list(node: usize, out: usize, parent: usize, depth: usize, nibble: u32, level: usize): void {
  ensure(listEnd + ENTRY)
  touch(node)
  const entry = listEnd
  listEnd += ENTRY
  store<u32>(entry, <u32>node)
  store<u32>(entry, <u32>out, 4)
  store<u32>(entry, <u32>parent, 8)
  store<u32>(entry, <u32>depth | (nibble << 8), 12)
  store<u32>(entry, load<u32>(levels + (level << 2)), 16)
  store<u32>(levels + (level << 2), <u32>entry)
  const kind = kindOf(node)
  if (kind == BRANCH) {
    for (let left = <u32>load<u16>(node, 6); left != 0; left &= left - 1) {
      const at = <u32>ctz<u32>(left)
      list(childAt(node, at), branchReference(node, at), node, depth + 1, at, level + 1)
    }
    store<u16>(node, 0, 6)
  } else if (kind == EXTENSION && flagsOf(node) & STALE) {
    setFlags(node, flagsOf(node) & ~STALE)
    list(belowOf(node), node + 40, node, endOf(node), 0, level + 1)
  } else if (kind == ACCOUNT && flagsOf(node) & STALE) {
    setFlags(node, flagsOf(node) & ~STALE)
    list(belowOf(node), storageRootAt(node), 0, 0, 0, level + 1)
  }
}

function hashLevel(entry: usize): void {
  memory.fill(waitingOut, 0, 24)
  for (; entry != 0; entry = load<u32>(entry, 16)) {
    const out = <usize>load<u32>(entry, 4)
    const parent = <usize>load<u32>(entry, 8)
    const length = encode(load<u32>(entry), load<u8>(entry, 12))
    const embedded = length < 32 && parent != 0
    if (parent != 0) markEmbedded(parent, load<u8>(entry, 13), embedded)
    if (embedded) {
      copyLoosely(out, encodedAt, length)
      continue
    }
    const blocks = length / RATE + 1
    store<u64>(PERMUTATIONS, load<u64>(PERMUTATIONS) + blocks)
    const pending = waitingOut + (blocks << 2)
    const message = waiting + (blocks - 1) * WAITING
    const pendingOut = <usize>load<u32>(pending)
    if (pendingOut == 0) {
      copyLoosely(message, encodedAt, length)
      pad(message, length, blocks)
      store<u32>(pending, <u32>out)
      // The length matters only if the message stays alone.
      store<u32>(message + WAITING - 8, <u32>length)
    } else {
      pad(encodedAt, length, blocks)
      hashPair(message, encodedAt, blocks, pendingOut, out)
      store<u32>(pending, 0)
    }
  }
  for (let blocks: usize = 1; blocks <= 5; blocks++) {
    const out = <usize>load<u32>(waitingOut + (blocks << 2))
    if (out == 0) continue
    const message = waiting + (blocks - 1) * WAITING
    keccak256(message, load<u32>(message + WAITING - 8), out)
  }
}

function markEmbedded(parent: usize, nibble: u32, embedded: bool): void {
  if (kindOf(parent) == EXTENSION) {
    store<u8>(parent, embedded ? 1 : 0, 3)
    return
  }
  const bit: u32 = 1 << nibble
  const others = <u32>load<u16>(parent, 4) & ~bit
  store<u16>(parent, <u16>(others | (embedded ? bit : 0)), 4)
}
