/** Nodes to and from RLP. */
import { ascend, descend } from './depth'
import { isList, payload, payloadLength, enterList, readBytes, readItem } from '../rlp/read'
import { encodedBytesLength, encodedLength, writeBytes, writeListHead } from '../rlp/write'
import { allocate, reserve } from './arena'
import {
  BRANCH,
  LEAF,
  branchChild,
  extensionChild,
  kindOf,
  newBranch,
  newExtension,
  newLeaf,
  newStub,
  pathAt,
  pathLength,
  referenceAt,
  referenceLength,
  setBranchChild,
  setExtensionChild,
  setReference,
  setValue,
  valueAt,
  valueLength,
} from './node'

/** Longest path or key in nibbles; the host checks keys against it. */
export const MAXIMUM_NIBBLES: usize = 2048

const path: usize = memory.data(<i32>MAXIMUM_NIBBLES)

/**
 * Decodes the node at `at … end` and the nodes embedded in it. The nodes' references are not set. Values are copied into
 * the arena, so the bytes are no longer needed afterwards.
 */
export function decodeNode(at: usize, end: usize): usize {
  const first = enterList(at, end)
  const second = readItem(first, end)
  const third = readItem(second, end)
  return third == end ? decodePathNode(first, end) : decodeBranch(first, end)
}

function decodePathNode(at: usize, end: usize): usize {
  const next = readBytes(at, end)
  const compact = payload
  const length = payloadLength
  if (length == 0 || length * 2 > MAXIMUM_NIBBLES) unreachable()
  const flags = load<u8>(compact)
  if (flags >= 0x40) unreachable()
  let nibbles: usize = 0
  if (flags & 0x10) store<u8>(path + nibbles++, flags & 15)
  else if (flags & 15) unreachable()
  for (let i: usize = 1; i < length; i++) {
    store<u8>(path + nibbles++, load<u8>(compact + i) >> 4)
    store<u8>(path + nibbles++, load<u8>(compact + i) & 15)
  }
  if (flags & 0x20) {
    readBytes(next, end)
    return newLeaf(path, nibbles, copyValue(), payloadLength)
  }
  if (nibbles == 0) unreachable()
  const node = newExtension(path, nibbles, 0)
  const child = decodeChild(next, end)
  if (child == 0) unreachable()
  setExtensionChild(node, child)
  return node
}

function decodeBranch(at: usize, end: usize): usize {
  const node = newBranch()
  for (let nibble: usize = 0; nibble < 16; nibble++) {
    const next = readItem(at, end)
    setBranchChild(node, nibble, decodeChild(at, end))
    at = next
  }
  if (readBytes(at, end) != end) unreachable()
  if (payloadLength > 0) setValue(node, copyValue(), payloadLength)
  return node
}

/** The child item at `at`: empty, a hash, or an embedded node. */
function decodeChild(at: usize, end: usize): usize {
  const next = readItem(at, end)
  if (isList) {
    if (next - at >= 32) unreachable()
    descend()
    const child = decodeNode(at, next)
    ascend()
    setReference(child, at, next - at)
    return child
  }
  if (payloadLength == 0) return 0
  if (payloadLength != 32) unreachable()
  return newStub(payload)
}

function copyValue(): usize {
  const at = allocate(payloadLength)
  memory.copy(at, payload, payloadLength)
  return at
}

/** Where {@link encodeNode} wrote: valid until the next allocation. */
export let encodedAt: usize = 0

/** Encodes a node whose children's references are known into scratch memory at `encodedAt`; returns the length. */
export function encodeNode(node: usize): usize {
  return kindOf(node) == BRANCH ? encodeBranch(node) : encodePathNode(node)
}

function encodePathNode(node: usize): usize {
  const nibbles = pathLength(node)
  const compactLength: usize = 1 + (nibbles >> 1)
  const leaf = kindOf(node) == LEAF
  const compact = writeCompactPath(node, nibbles, leaf ? 0x20 : 0)
  const child: usize = leaf ? 0 : extensionChild(node)
  const length =
    encodedBytesLength(compact, compactLength) +
    (leaf ? encodedBytesLength(valueAt(node), valueLength(node)) : referenceEncodedLength(child))
  const total = encodedLength(length)
  encodedAt = reserve(total)
  let out = writeListHead(encodedAt, length)
  out = writeBytes(out, compact, compactLength)
  if (leaf) writeBytes(out, valueAt(node), valueLength(node))
  else writeReference(out, child)
  return total
}

/** Hex-prefix encoding, written to the static path buffer. */
function writeCompactPath(node: usize, nibbles: usize, flag: u8): usize {
  let from = pathAt(node)
  let out = path
  if (nibbles & 1) store<u8>(out++, flag | 0x10 | load<u8>(from++))
  else store<u8>(out++, flag)
  const end = pathAt(node) + nibbles
  for (; from < end; from += 2) store<u8>(out++, (load<u8>(from) << 4) | load<u8>(from, 1))
  return path
}

function encodeBranch(node: usize): usize {
  let length = encodedBytesLength(valueAt(node), valueLength(node))
  for (let nibble: usize = 0; nibble < 16; nibble++) length += referenceEncodedLength(branchChild(node, nibble))
  const total = encodedLength(length)
  encodedAt = reserve(total)
  let out = writeListHead(encodedAt, length)
  for (let nibble: usize = 0; nibble < 16; nibble++) out = writeReference(out, branchChild(node, nibble))
  writeBytes(out, valueAt(node), valueLength(node))
  return total
}

function referenceEncodedLength(child: usize): usize {
  if (child == 0) return 1
  const length = referenceLength(child)
  return length == 32 ? 33 : length
}

function writeReference(out: usize, child: usize): usize {
  if (child == 0) {
    store<u8>(out, 0x80)
    return out + 1
  }
  const length = referenceLength(child)
  if (length == 32) {
    store<u8>(out, 0xa0)
    out++
  }
  memory.copy(out, referenceAt(child), length)
  return out + length
}
