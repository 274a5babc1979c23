/**
 * Applies a batch of changes to an account trie. The batch is what the write-ahead log has; entries, one an account:
 *
 *   20 address
 *    1 flags: 1 the account exists, 2 its earlier storage is gone, 4 it has code
 *   if it exists:
 *    8 nonce, little-endian    1 length of the balance, balance big-endian without leading zeros
 *   32 code hash, if it has code
 *    4 number of slots, little-endian; for each: 32 slot, 1 length of the value, value big-endian without leading zeros
 *
 * A slot whose value has no bytes is removed. An account may come several times; later entries come on top.
 */
import { keccak256 } from '../crypto/keccak'
import { allocate } from './arena'
import { hashPair, pad } from './keccakPair'
import { KEYS, TOP_DEPTH } from './layout'
import {
  ACCOUNT,
  belowOf,
  copy32,
  copyLoosely,
  firstDifference,
  flagsOf,
  PRIVATE,
  setFlags,
  SLOT,
  STALE,
  storageRootAt,
  WITH_CODE,
  WITH_STORAGE,
} from './node'
import { findAll, found, TOGETHER } from './search'
import { destroy, find, insert, remove } from './write'

export const EXISTS: u8 = 1
export const CLEARED: u8 = 2
export const HAS_CODE: u8 = 4

/** Bytes of the entry at `at`. The host has made sure that it is whole. */
export function entryLength(at: usize): usize {
  const flags = load<u8>(at, 20)
  if ((flags & EXISTS) == 0) return 21
  let end = slotsOf(at, flags)
  const count = load<u32>(end)
  end += 4
  for (let i: u32 = 0; i < count; i++) end += 33 + <usize>load<u8>(end, 32)
  return end - at
}

/** Where the number of slots is. */
export function slotsOf(at: usize, flags: u8): usize {
  return at + 30 + <usize>load<u8>(at, 29) + (flags & HAS_CODE ? 32 : 0)
}

/**
 * Applies the entries, whose hashed addresses lie at `KEYS`; with `slotsHashed` their slots are hashes already. Returns the new
 * root; the tries' hashes are stale.
 */
export function applyBatch(root: usize, at: usize, end: usize, slotsHashed: bool): usize {
  hashed = slotsHashed
  top = load<u32>(TOP_DEPTH)
  next = at
  let key = KEYS
  while (next < end) {
    const count = entriesAhead(end)
    findAll(root, top, key, count)
    for (let i: usize = 0; i < count; i++) {
      const flags = load<u8>(next, 20)
      // Of two entries of one account the second finds what the first has put.
      const before = i > 0 && firstDifference(key, key - 32) == 64 ? find(root, key, top) : found(i)
      root = flags & EXISTS ? putAccount(root, next, flags, key, before) : removeAccount(root, key, before)
      key += 32
    }
  }
  return root
}

/** How many entries there are from the next one on, as far as they are looked up together. */
function entriesAhead(end: usize): usize {
  let count: usize = 0
  for (let at = next; at < end && count < TOGETHER; at += entryLength(at)) count++
  return count
}

/** The entry to apply. */
let next: usize = 0
/** Where the account trie hangs. */
let top: usize = 0
let hashed: bool = false

function removeAccount(root: usize, key: usize, leaf: usize): usize {
  next += 21
  if (leaf == 0) return root
  destroy(belowOf(leaf))
  return remove(root, key, top)
}

function putAccount(root: usize, at: usize, flags: u8, key: usize, before: usize): usize {
  const storageBefore: usize = before ? belowOf(before) : 0
  let storage = storageBefore
  if (flags & CLEARED && storage != 0) {
    destroy(storage)
    storage = 0
  }
  storage = applySlots(storage, slotsOf(at, flags))
  const stale = storage != storageBefore || (before != 0 && (flagsOf(before) & STALE) != 0)
  const leaf = newAccount(at, flags, key, storage)
  if (storage != 0) {
    if (stale) setFlags(leaf, flagsOf(leaf) | STALE)
    else copy32(storageRootAt(leaf), storageRootAt(before))
  }
  return insert(root, leaf, top)
}

function newAccount(at: usize, flags: u8, key: usize, storage: usize): usize {
  const balanceLength = <usize>load<u8>(at, 29)
  const head: usize = 48 + (storage ? 32 : 0)
  const tail = balanceLength + (flags & HAS_CODE ? 32 : 0)
  const leaf = allocate(head + tail)
  const own = PRIVATE | (storage ? WITH_STORAGE : 0) | (flags & HAS_CODE ? WITH_CODE : 0)
  store<u32>(leaf, <u32>ACCOUNT | (<u32>own << 8) | (<u32>balanceLength << 16))
  store<u32>(leaf, <u32>storage, 4)
  copy32(leaf + 8, key)
  store<u64>(leaf, load<u64>(at, 21), 40)
  let out = leaf + head
  if (flags & HAS_CODE) {
    copy32(out, at + 30 + balanceLength)
    out += 32
  }
  memory.copy(out, at + 30, balanceLength)
  return leaf
}

const slotKeys: usize = memory.data(64)

function applySlots(storage: usize, at: usize): usize {
  let count = load<u32>(at)
  at += 4
  while (count > 0) {
    if (hashed) {
      storage = applySlot(storage, at, at)
      count--
    } else if (count > 1) {
      const second = at + 33 + <usize>load<u8>(at, 32)
      hashPair(padded(0, at, 32), padded(1, second, 32), 1, slotKeys, slotKeys + 32)
      storage = applySlot(storage, at, slotKeys)
      at = second
      storage = applySlot(storage, at, slotKeys + 32)
      count -= 2
    } else {
      keccak256(at, 32, slotKeys)
      storage = applySlot(storage, at, slotKeys)
      count--
    }
    at += 33 + <usize>load<u8>(at, 32)
  }
  next = at
  return storage
}

function applySlot(storage: usize, at: usize, key: usize): usize {
  const length = <usize>load<u8>(at, 32)
  if (length == 0) return remove(storage, key, 0)
  const leaf = allocate(40 + length)
  store<u64>(leaf, <u64>SLOT | (<u64>PRIVATE << 8) | (<u64>length << 16))
  copy32(leaf + 8, key)
  memory.copy(leaf + 40, at + 33, length)
  return insert(storage, leaf, 0)
}

const messages: usize = memory.data(320, 16)

function padded(index: usize, from: usize, length: usize): usize {
  const at = messages + index * 160
  copyLoosely(at, from, length)
  pad(at, length, 1)
  return at
}
