/** What the session changed, put into the tries: the state root at any moment. */
import { keccak256 } from '../crypto/keccak'
import { equals, isZero, reverse } from '../math/u256'
import { encodedBytesLength, encodedLength, writeBytes, writeListHead } from '../rlp/write'
import { EMPTY_ROOT, rootHash } from '../trie/hash'
import { put, remove } from '../trie/trie'
import { ADDRESS, BALANCE, BASE_EXISTS, CODE_HASH, EXISTS, INCARNATION, NEXT_IN_SESSION, NONCE, SLOTS } from '../world/account'
import { SLOT_BASE, SLOT_CURRENT, SLOT_INCARNATION, SLOT_KEY, SLOT_NEXT_IN_ACCOUNT } from '../world/slot'
import { accountChanged, firstAccount } from '../world/state'
import { accountTrie, storageRootOf, storageTrie } from './backend'

const key: usize = memory.data(32, 8)
const word: usize = memory.data(32, 8)
const nonceBytes: usize = memory.data(8, 8)
const root: usize = memory.data(32, 8)
/** An encoded account is at most 1 + 1 + 9 + 33 + 33 + 33 bytes, a slot 33. */
const encoded: usize = memory.data(128, 8)

/**
 * Writes the state root with all changes so far to `out`. Puts come before removals, in the account trie and in each storage
 * trie: then the nodes that are read do not depend on the order of the changes.
 */
export function stateRoot(out: usize): void {
  let trie = accountTrie()
  for (let account = firstAccount(); account != 0; account = load<u32>(account, NEXT_IN_SESSION)) {
    if (load<u32>(account, EXISTS) == 0 || !changed(account)) continue
    const length = encodeAccount(account)
    keccak256(account + ADDRESS, 20, key)
    trie = put(trie, key, 32, encoded, length)
  }
  for (let account = firstAccount(); account != 0; account = load<u32>(account, NEXT_IN_SESSION)) {
    if (load<u32>(account, EXISTS) != 0 || load<u32>(account, BASE_EXISTS) == 0) continue
    keccak256(account + ADDRESS, 20, key)
    trie = remove(trie, key, 32)
  }
  rootHash(trie, out)
}

function changed(account: usize): bool {
  return accountChanged(account) || load<u32>(account, INCARNATION) != 0 || changedSlots(account)
}

function changedSlots(account: usize): bool {
  for (let slot: usize = load<u32>(account, SLOTS); slot != 0; slot = load<u32>(slot, SLOT_NEXT_IN_ACCOUNT)) {
    if (isChanged(account, slot)) return true
  }
  return false
}

// @ts-ignore: decorator
@inline
function isChanged(account: usize, slot: usize): bool {
  return (
    load<u32>(slot, SLOT_INCARNATION) == load<u32>(account, INCARNATION) && !equals(slot + SLOT_CURRENT, slot + SLOT_BASE)
  )
}

/** RLP of [nonce, balance, storage root, code hash] into `encoded`; returns the length. */
function encodeAccount(account: usize): usize {
  setStorageRoot(account)
  store<u64>(nonceBytes, bswap<u64>(load<u64>(account, NONCE)))
  const nonceAt = skipZeros(nonceBytes, 8)
  const nonceLength = nonceBytes + 8 - nonceAt
  reverse(word, account + BALANCE)
  const balanceAt = skipZeros(word, 32)
  const balanceLength = word + 32 - balanceAt
  const length = encodedBytesLength(nonceAt, nonceLength) + encodedBytesLength(balanceAt, balanceLength) + 66
  let out = writeListHead(encoded, length)
  out = writeBytes(out, nonceAt, nonceLength)
  out = writeBytes(out, balanceAt, balanceLength)
  out = writeBytes(out, root, 32)
  writeBytes(out, account + CODE_HASH, 32)
  return encodedLength(length)
}

function skipZeros(at: usize, size: usize): usize {
  const end = at + size
  while (at < end && load<u8>(at) == 0) at++
  return at
}

/** Puts the account's storage root with its changes into `root`. */
function setStorageRoot(account: usize): void {
  const kept = load<u32>(account, INCARNATION) == 0 && load<u32>(account, BASE_EXISTS) != 0
  if (!changedSlots(account)) {
    memory.copy(root, kept ? storageRootOf(account + ADDRESS) : EMPTY_ROOT, 32)
    return
  }
  let trie = kept ? storageTrie(account + ADDRESS) : 0
  for (let slot: usize = load<u32>(account, SLOTS); slot != 0; slot = load<u32>(slot, SLOT_NEXT_IN_ACCOUNT)) {
    if (!isChanged(account, slot) || isZero(slot + SLOT_CURRENT)) continue
    reverse(word, slot + SLOT_CURRENT)
    const at = skipZeros(word, 32)
    const length = writeBytes(encoded, at, word + 32 - at) - encoded
    hashSlot(slot)
    trie = put(trie, key, 32, encoded, length)
  }
  for (let slot: usize = load<u32>(account, SLOTS); slot != 0; slot = load<u32>(slot, SLOT_NEXT_IN_ACCOUNT)) {
    if (!isChanged(account, slot) || !isZero(slot + SLOT_CURRENT)) continue
    hashSlot(slot)
    trie = remove(trie, key, 32)
  }
  rootHash(trie, root)
}

function hashSlot(slot: usize): void {
  reverse(word, slot + SLOT_KEY)
  keccak256(word, 32, key)
}
