/**
 * Hashing what a batch made: nodes are listed by level, the deepest level is hashed first, and within a level two nodes of
 * equally many blocks go through the permutation together.
 *
 * The list lies above the arena, which does not grow meanwhile. Entries:
 *   0 u32 node   4 u32 address of the reference to write   8 u32 parent (0: the reference is a root's, always a hash)
 *  12 u8 depth   13 u8 nibble   14 u8 whether the batch made the node   16 u32 next of the level
 */
import { keccak256 } from '../crypto/keccak'
import { arenaTop, ensure } from './arena'
import { encode, encodedAt, MAXIMUM_LENGTH } from './encode'
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
/** For each number of blocks a node that waits for a second one: u32 buffer, u32 where it is, u32 length, u32 where its hash goes. */
const waiting: usize = memory.data(96)
/** A buffer for each of those and one to write to. */
const buffers: usize = memory.data(4608, 16)

let listEnd: usize = 0
/** The buffer to write to. */
let buffer: usize = 0

/**
 * Writes the trie's root hash to `out` and makes all its nodes public. Then, above the arena: the references of the nodes that
 * the batch made, and of those that it replaced; see `madeCount`.
 */
export function hashTrie(root: usize, out: usize): void {
  memory.fill(levels, 0, 4 * LEVELS)
  buffer = buffers
  for (let i: usize = 1; i < 6; i++) {
    store<u32>(waiting + (i << 4), <u32>(buffers + i * MAXIMUM_LENGTH))
    store<u32>(waiting + (i << 4), 0, 4)
  }
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
    if (load<u8>(entry, 14) == 0) continue
    store<u32>(made, load<u32>(entry))
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
  const flags = flagsOf(node)
  store<u32>(entry, <u32>depth | (nibble << 8) | (<u32>(flags & PRIVATE) << 16), 12)
  store<u32>(entry, load<u32>(levels + (level << 2)), 16)
  store<u32>(levels + (level << 2), <u32>entry)
  if (flags & (PRIVATE | STALE)) setFlags(node, flags & ~(PRIVATE | STALE))
  const kind = kindOf(node)
  if (kind == BRANCH) {
    for (let left = <u32>load<u16>(node, 6); left != 0; left &= left - 1) {
      const at = <u32>ctz<u32>(left)
      list(childAt(node, at), branchReference(node, at), node, depth + 1, at, level + 1)
    }
    store<u16>(node, 0, 6)
  } else if (kind == EXTENSION && flags & STALE) {
    list(belowOf(node), node + 40, node, endOf(node), 0, level + 1)
  } else if (kind == ACCOUNT && flags & STALE) {
    list(belowOf(node), storageRootAt(node), 0, 0, 0, level + 1)
  }
}

function hashLevel(entry: usize): void {
  for (; entry != 0; entry = load<u32>(entry, 16)) {
    const out = <usize>load<u32>(entry, 4)
    const parent = <usize>load<u32>(entry, 8)
    const length = encode(load<u32>(entry), load<u8>(entry, 12), buffer)
    const embedded = length < 32 && parent != 0
    if (parent != 0) markEmbedded(parent, load<u8>(entry, 13), embedded)
    if (embedded) {
      copyLoosely(out, encodedAt, length)
      continue
    }
    const blocks = length / RATE + 1
    store<u64>(PERMUTATIONS, load<u64>(PERMUTATIONS) + blocks)
    const place = waiting + (blocks << 4)
    const first = <usize>load<u32>(place, 4)
    if (first == 0) {
      // Stays where it is; the next goes to the buffer that this place has.
      const free = <usize>load<u32>(place)
      store<u32>(place, <u32>buffer)
      store<u32>(place, <u32>encodedAt, 4)
      store<u32>(place, <u32>length, 8)
      store<u32>(place, <u32>out, 12)
      buffer = free
    } else {
      pad(first, load<u32>(place, 8), blocks)
      pad(encodedAt, length, blocks)
      hashPair(first, encodedAt, blocks, load<u32>(place, 12), out)
      store<u32>(place, 0, 4)
    }
  }
  for (let place = waiting + 16; place < waiting + 96; place += 16) {
    const first = <usize>load<u32>(place, 4)
    if (first == 0) continue
    keccak256(first, load<u32>(place, 8), load<u32>(place, 12))
    store<u32>(place, 0, 4)
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
