/** Root and proofs. */
import { ascend, descend } from './depth'
import { keccak256 } from '../crypto/keccak'
import { encodeNode, encodedAt } from './codec'
import { emit, proofNode } from './host'
import {
  BRANCH,
  EXTENSION,
  branchChild,
  extensionChild,
  isDirty,
  kindOf,
  referenceAt,
  referenceLength,
  setReference,
} from './node'
import { beginWalk, nextOnWalk } from './trie'

const hash: usize = memory.data(32)

/** keccak-256 of the RLP of an empty string. */
// prettier-ignore
export const EMPTY_ROOT: usize = memory.data<u8>([
  0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
  0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
])

export function isEmptyRoot(hash: usize): bool {
  for (let i: usize = 0; i < 32; i += 8) if (load<u64>(hash + i) != load<u64>(EMPTY_ROOT + i)) return false
  return true
}

/**
 * Writes the trie's root hash to `out`. Hashes dirty nodes only, emits each new one, and leaves all clean: from here on they
 * may be shared. The root node is emitted even when it is shorter than 32 bytes.
 */
export function rootHash(root: usize, out: usize): void {
  if (root == 0) {
    memory.copy(out, EMPTY_ROOT, 32)
    return
  }
  const fresh = isDirty(root)
  if (fresh) clean(root)
  if (referenceLength(root) == 32) {
    memory.copy(out, referenceAt(root), 32)
    return
  }
  keccak256(referenceAt(root), referenceLength(root), out)
  if (fresh) emit(out, referenceAt(root), referenceLength(root))
}

function clean(node: usize): void {
  if (kindOf(node) == BRANCH) {
    for (let nibble: usize = 0; nibble < 16; nibble++) {
      const child = branchChild(node, nibble)
      if (child != 0 && isDirty(child)) cleanChild(child)
    }
  } else if (kindOf(node) == EXTENSION && isDirty(extensionChild(node))) cleanChild(extensionChild(node))
  const length = encodeNode(node)
  if (length < 32) {
    setReference(node, encodedAt, length)
    return
  }
  keccak256(encodedAt, length, hash)
  setReference(node, hash, 32)
  emit(hash, encodedAt, length)
}

function cleanChild(node: usize): void {
  descend()
  clean(node)
  ascend()
}

/** Reports the nodes from the root towards a key, embedded ones within their parents: a proof of presence or absence. */
export function prove(root: usize, keyAt: usize, keyLength: usize): void {
  if (root == 0) return
  beginWalk(keyAt, keyLength)
  for (let node = root; node != 0; node = nextOnWalk(node)) {
    if (node != root && referenceLength(node) < 32) continue
    const length = encodeNode(node)
    proofNode(encodedAt, length)
  }
}
