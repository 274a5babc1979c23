/** Reading hashed tries node by node: proofs, and nodes by hash. What is written goes above the arena. */
import { arenaTop, ensure } from './arena'
import { encode, encodedAt, MAXIMUM_LENGTH } from './encode'
import {
  ACCOUNT,
  belowOf,
  BRANCH,
  branchReference,
  childAt,
  childrenOf,
  copy32,
  endOf,
  EXTENSION,
  firstDifference,
  keyOf,
  kindOf,
  nibbleAt,
  storageRootAt,
  WITH_STORAGE,
  flagsOf,
} from './node'
import { touch } from './pages'

/** What `prove` found: u32 how many nodes, u32 the leaf with the key or 0, then for each node u32 where it is, u32 its length. */
export const PROOF: usize = memory.data(528)

/** Writes the nodes from the root towards the key, embedded ones within their parents, above the arena and one after the other. */
export function prove(node: usize, key: usize, depth: usize): void {
  let out = arenaTop()
  let place = PROOF + 8
  let embedded = false
  store<u32>(PROOF, 0, 4)
  while (node != 0) {
    touch(node)
    if (!embedded) {
      ensure(out + MAXIMUM_LENGTH)
      const length = encode(node, depth, out)
      store<u32>(place, <u32>encodedAt)
      store<u32>(place, <u32>length, 4)
      place += 8
      out = encodedAt + length
    }
    const kind = kindOf(node)
    if (kind == BRANCH) {
      const nibble = nibbleAt(key, depth)
      embedded = ((<u32>load<u16>(node, 4) >> nibble) & 1) != 0
      node = childAt(node, nibble)
      depth++
    } else if (kind == EXTENSION) {
      if (firstDifference(keyOf(node), key) < endOf(node)) break
      embedded = load<u8>(node, 3) != 0
      depth = endOf(node)
      node = belowOf(node)
    } else {
      if (firstDifference(keyOf(node), key) == 64) store<u32>(PROOF, <u32>node, 4)
      break
    }
  }
  store<u32>(PROOF, <u32>(place - PROOF - 8) >> 3)
}

/** Writes the node's RLP above the arena; returns the address after it. */
export function encoded(node: usize, depth: usize): usize {
  const out = arenaTop()
  ensure(out + MAXIMUM_LENGTH)
  touch(node)
  const length = encode(node, depth, out)
  memory.copy(out, encodedAt, length)
  return out + length
}

/** Writes the nodes right below: each 32 hash, u32 reference, u32 depth. Returns the address after the last. */
export function below(node: usize, depth: usize): usize {
  ensure(arenaTop() + 16 * 40)
  touch(node)
  writeEnd = arenaTop()
  writeBelow(node, depth)
  return writeEnd
}

let writeEnd: usize = 0

function writeBelow(node: usize, depth: usize): void {
  const kind = kindOf(node)
  if (kind == BRANCH) {
    for (let left = childrenOf(node); left != 0; left &= left - 1) {
      const nibble = <u32>ctz<u32>(left)
      const embedded = ((<u32>load<u16>(node, 4) >> nibble) & 1) != 0
      writeChild(childAt(node, nibble), branchReference(node, nibble), depth + 1, embedded)
    }
  } else if (kind == EXTENSION) writeChild(belowOf(node), node + 40, endOf(node), load<u8>(node, 3) != 0)
  else if (kind == ACCOUNT && flagsOf(node) & WITH_STORAGE) {
    writeChild(belowOf(node), storageRootAt(node), 0, false)
  }
}

function writeChild(node: usize, hash: usize, depth: usize, embedded: bool): void {
  if (embedded) {
    // Has no hash of its own; nor, being shorter than one, has anything below it.
    return
  }
  copy32(writeEnd, hash)
  store<u32>(writeEnd, <u32>node, 32)
  store<u32>(writeEnd, <u32>depth, 36)
  writeEnd += 40
}
