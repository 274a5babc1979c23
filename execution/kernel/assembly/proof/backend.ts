/**
 * What world/backend.ts is in the proof build: the state before the block, read from its trie by node hash. Signatures and
 * meaning are those of world/backend.ts.
 */
import { keccak256 } from '../crypto/keccak'
import { equals, fromBytes } from '../math/u256'
import { enterList, payload, payloadLength, readBytes } from '../rlp/read'
import { allocate } from '../trie/arena'
import { preimage } from '../trie/host'
import { newStub, valueAt, valueLength } from '../trie/node'
import { find, resolve } from '../trie/trie'
import { isEmptyRoot } from '../trie/hash'
import { setEmptyCodeHash } from '../world/account'
import { ancestorHash } from './ancestors'
import { runPrecompile } from './oracle'

/** The account trie before the block. */
let accounts: usize = 0

/** Storage tries that were opened: a hash table of next u32 | trie u32 | address 20. */
const HEADS_SIZE: usize = 4096
const HEADS: usize = memory.data(4096, 8)
const TRIE: usize = 4
const ADDRESS: usize = 8

const key: usize = memory.data(32, 8)

const emptyCodeHash: usize = memory.data(32, 8)

/** Fields of the account read last: addresses into the trie's arena. */
let nonceAt: usize = 0
let nonceLength: usize = 0
let balanceAt: usize = 0
let balanceLength: usize = 0
let storageRoot: usize = 0
let codeHash: usize = 0

/** Begins with the state whose root hash is at `root`. */
export function openState(root: usize): void {
  accounts = openTrie(root)
  memory.fill(HEADS, 0, HEADS_SIZE)
  setEmptyCodeHash(emptyCodeHash)
}

/** The account trie before the block. */
export function accountTrie(): usize {
  return accounts
}

function openTrie(root: usize): usize {
  return isEmptyRoot(root) ? 0 : resolve(newStub(root))
}

export function account(address: usize, out: usize): i32 {
  if (!readAccount(address)) return 0
  let nonce: u64 = 0
  for (let i: usize = 0; i < nonceLength; i++) nonce = (nonce << 8) | load<u8>(nonceAt + i)
  store<u64>(out, nonce)
  memory.fill(out + 8, 0, 32)
  if (balanceLength > 0) fromBytes(out + 8, balanceAt, balanceLength)
  memory.copy(out + 40, codeHash, 32)
  return 1
}

/** Finds the account's leaf and its fields. */
function readAccount(address: usize): bool {
  keccak256(address, 20, key)
  const leaf = find(accounts, key, 32)
  if (leaf == 0) return false
  const end = valueAt(leaf) + valueLength(leaf)
  let at = readBytes(enterList(valueAt(leaf), end), end)
  nonceAt = payload
  nonceLength = payloadLength
  at = readBytes(at, end)
  balanceAt = payload
  balanceLength = payloadLength
  at = readBytes(at, end)
  storageRoot = payload
  if (payloadLength != 32 || readBytes(at, end) != end || payloadLength != 32) unreachable()
  codeHash = payload
  return true
}

/** Address of the storage root before the block of an account that existed. */
export function storageRootOf(address: usize): usize {
  if (!readAccount(address)) unreachable()
  return storageRoot
}

/** The account's storage trie before the block. */
export function storageTrie(address: usize): usize {
  const head = HEADS + (((<usize>load<u16>(address, 18)) << 2) & (HEADS_SIZE - 1))
  for (let record: usize = load<u32>(head); record != 0; record = load<u32>(record)) {
    if (sameAddress(record + ADDRESS, address)) return load<u32>(record, TRIE)
  }
  const trie = readAccount(address) ? openTrie(storageRoot) : 0
  const record = allocate(28)
  store<u32>(record, load<u32>(head))
  store<u32>(record, trie, TRIE)
  memory.copy(record + ADDRESS, address, 20)
  store<u32>(head, record)
  return trie
}

function sameAddress(a: usize, b: usize): bool {
  return load<u64>(a) == load<u64>(b) && load<u64>(a, 8) == load<u64>(b, 8) && load<u32>(a, 16) == load<u32>(b, 16)
}

export function storage(address: usize, slot: usize, out: usize): i32 {
  const trie = storageTrie(address)
  keccak256(slot, 32, key)
  const leaf = find(trie, key, 32)
  if (leaf == 0) return 0
  const end = valueAt(leaf) + valueLength(leaf)
  if (readBytes(valueAt(leaf), end) != end || payloadLength > 32) unreachable()
  memory.fill(out, 0, 32)
  memory.copy(out + 32 - payloadLength, payload, payloadLength)
  return 1
}

export function hasStorage(address: usize): i32 {
  return i32(storageTrie(address) != 0)
}

export function code(hash: usize, out: usize, room: usize): u32 {
  if (equals(hash, emptyCodeHash)) return 0
  const size = u32(preimage(hash, 0, 0))
  if (size <= room) preimage(hash, out, size)
  return size
}

export function blockHash(number: u64, out: usize): void {
  ancestorHash(number, out)
}

export function precompile(
  address: usize,
  caller: usize,
  value: usize,
  isStatic: bool,
  input: usize,
  inputSize: usize,
  gas: i64,
  out: usize,
  outMax: usize,
  outSize: usize,
): i64 {
  return runPrecompile(address, input, inputSize, gas, out, outMax, outSize)
}
