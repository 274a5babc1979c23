/** Nodes as RLP (Yellow Paper, appendix D). */
import { encodedLength, writeListHead } from '../rlp/write'
import {
  ACCOUNT,
  balanceAt,
  BRANCH,
  childrenOf,
  codeHashAt,
  copy32,
  copyLoosely,
  endOf,
  EXTENSION,
  flagsOf,
  keyOf,
  kindOf,
  nibbleAt,
  storageRootAt,
  WITH_CODE,
  WITH_STORAGE,
} from './node'

// prettier-ignore
const EMPTY_ROOT: usize = memory.data<u8>([
  0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
  0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
])

// prettier-ignore
const EMPTY_CODE: usize = memory.data<u8>([
  0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
  0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
])

/** What {@link encode} may write: the longest node, a branch of 16 hashes, has 532 bytes; behind them is room for padding. */
export const MAXIMUM_LENGTH: usize = 768

/** Where in its buffer {@link encode} began to write: after at most 2 bytes. */
export let encodedAt: usize = 0
const account: usize = memory.data(192)
const compact: usize = memory.data(64)

/** Writes the node that hangs at `depth` into `buffer`; returns the length. The references of its children are known. */
export function encode(node: usize, depth: usize, buffer: usize): usize {
  const kind = kindOf(node)
  // Room for the longest head of a list.
  const body = buffer + 3
  let end = body
  if (kind == BRANCH) end = writeBranch(body, node)
  else if (kind == EXTENSION) {
    end = writePath(body, keyOf(node), depth, endOf(node), 0)
    end = writeReference(end, node + 40, load<u8>(node, 3) != 0)
  } else {
    end = writePath(body, keyOf(node), depth, 64, 0x20)
    end = kind == ACCOUNT ? writeAccount(end, node) : writeSlot(end, node)
  }
  const length = end - body
  encodedAt = body - (encodedLength(length) - length)
  writeListHead(encodedAt, length)
  return end - encodedAt
}

function writeBranch(out: usize, node: usize): usize {
  const children = childrenOf(node)
  const embedded = <u32>load<u16>(node, 4)
  let reference = node + 8 + (<usize>popcnt<u32>(children) << 2)
  if (children == 0xffff && embedded == 0) {
    for (let i: usize = 0; i < 16; i++) {
      store<u8>(out, 0xa0)
      copy32(out + 1, reference)
      out += 33
      reference += 32
    }
    store<u8>(out, 0x80)
    return out + 1
  }
  if (embedded == 0) {
    // Without jumps: which nibbles have children is as good as random.
    for (let left = children | 0x10000; left > 1; left >>= 1) {
      const there = left & 1
      store<u8>(out, <u8>(0x80 + (there << 5)))
      copy32(out + 1, there ? reference : node)
      out += 1 + (<usize>there << 5)
      reference += <usize>there << 5
    }
    store<u8>(out, 0x80)
    return out + 1
  }
  for (let bit: u32 = 1; bit <= 0x8000; bit <<= 1) {
    if (children & bit) {
      out = writeReference(out, reference, (embedded & bit) != 0)
      reference += 32
    } else store<u8>(out++, 0x80)
  }
  store<u8>(out, 0x80)
  return out + 1
}

function writeReference(out: usize, reference: usize, embedded: bool): usize {
  if (embedded) {
    // Shorter than 32 bytes: a list whose head has its length.
    const length = <usize>load<u8>(reference) - 0xc0 + 1
    copyLoosely(out, reference, length)
    return out + length
  }
  store<u8>(out, 0xa0)
  copy32(out + 1, reference)
  return out + 33
}

/** Hex-prefix encoding of the nibbles from `depth` to `end`. */
function writePath(out: usize, key: usize, depth: usize, end: usize, flag: u32): usize {
  let length: usize = 1
  if ((end - depth) & 1) store<u8>(compact, <u8>(flag | 0x10 | nibbleAt(key, depth++)))
  else store<u8>(compact, <u8>flag)
  if (depth & 1) {
    for (; depth < end; depth += 2) {
      store<u8>(compact + length++, <u8>((nibbleAt(key, depth) << 4) | nibbleAt(key, depth + 1)))
    }
  } else {
    const bytes = (end - depth) >> 1
    copyLoosely(compact + 1, key + (depth >> 1), bytes)
    length += bytes
  }
  return writeBytes(out, compact, length)
}

/** A string of less than 256 bytes, copied loosely. */
function writeBytes(out: usize, at: usize, length: usize): usize {
  if (length != 1 || load<u8>(at) >= 0x80) {
    if (length < 56) store<u8>(out++, <u8>(0x80 + length))
    else {
      store<u8>(out, 0xb8)
      store<u8>(out, <u8>length, 1)
      out += 2
    }
  }
  copyLoosely(out, at, length)
  return out + length
}

/** RLP of [nonce, balance, storageRoot, codeHash], as a string (Yellow Paper, 4.1). */
function writeAccount(out: usize, node: usize): usize {
  const flags = flagsOf(node)
  const nonce = bswap<u64>(load<u64>(node, 40))
  const skipped: usize = nonce == 0 ? 8 : <usize>(ctz<u64>(nonce) >> 3)
  store<u64>(compact, nonce)
  let end = writeBytes(account + 3, compact + skipped, 8 - skipped)
  end = writeBytes(end, balanceAt(node), load<u8>(node, 2))
  end = writeBytes(end, flags & WITH_STORAGE ? storageRootAt(node) : EMPTY_ROOT, 32)
  end = writeBytes(end, flags & WITH_CODE ? codeHashAt(node) : EMPTY_CODE, 32)
  const length = end - (account + 3)
  const head = encodedLength(length) - length
  writeListHead(account + 3 - head, length)
  return writeBytes(out, account + 3 - head, length + head)
}

/** RLP of the value, as a string. */
function writeSlot(out: usize, node: usize): usize {
  const end = writeBytes(account, node + 40, load<u8>(node, 2))
  return writeBytes(out, account, end - account)
}
