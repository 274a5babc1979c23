/**
 * Reading a state from other WebAssembly instances: keys come as words that loading their bytes gives, and results go one by one
 * through `word`. First the hot tables are asked, if they have this version, then its tries, which lie in 16 arenas, each
 * with a memory and an instance of its own; their functions `lookUp` and `peek` are in this module's table.
 */
import { keccakF } from '../crypto/keccak'
import { EPOCH, RESULT, STATE_REFS, THREAD_SIZE, THREADS, VERSION } from './frontLayout'
import { findAccount, findSlot, hasAllAccounts, hasAllSlots, isPresent, rememberAccount, rememberSlot } from './hot'

// As in node.ts: what an account has.
const WITH_STORAGE: u64 = 4
const WITH_CODE: u64 = 8

// keccak256 of nothing, as words
const EMPTY_0: u64 = 0x3c23f7860146d2c5
const EMPTY_1: u64 = 0xc003c7dcb27d7e92
const EMPTY_2: u64 = 0x3b2782ca53b600e5
const EMPTY_3: u64 = 0x70a4855d04d8fa7b

let scratch: usize = THREADS
let result: usize = THREADS + RESULT
/** The thread that writes the tables; it also fills them with what it read. */
let writer: bool = false
/** Where the arenas' functions begin in the table. */
let functions: u32 = 0

// Where the last account was found: slots of one account are read one after the other.
let lastVersion: u64 = 0
let lastA: u64 = 0
let lastB: u64 = 0
let lastC: u32 = 0
let lastShard: u32 = 0
let lastLeaf: u32 = 0

/** Makes this instance one of the thread with this number, the writer's being 0. */
export function join(thread: u32, firstFunction: u32): void {
  scratch = THREADS + <usize>thread * THREAD_SIZE
  result = scratch + RESULT
  writer = thread == 0
  functions = firstFunction
}

export function resultAt(): usize {
  return result
}

/** The `i`th word of what the last read found. */
export function word(i: u32): u64 {
  return load<u64>(result + (<usize>i << 3))
}

/** Of the last account. */
export function hasCode(): bool {
  return ((word(5) ^ EMPTY_0) | (word(6) ^ EMPTY_1) | (word(7) ^ EMPTY_2) | (word(8) ^ EMPTY_3)) != 0
}

/**
 * Whether the state has the account. Words: 0 nonce, 1 to 4 balance (little-endian), 5 to 8 bytes of the code hash.
 */
export function account(state: usize, a: u64, b: u64, c: u32): bool {
  const epoch = atomic.load<u32>(EPOCH)
  const hot = (epoch & 1) == 0 && atomic.load<u64>(VERSION) == load<u64>(state)
  if (hot) {
    const entry = findAccount(a, b, c)
    if (entry != 0) {
      const present = isPresent(entry)
      if (present) memory.copy(result, entry + 32, 72)
      if (writer || unchanged(epoch)) return present
    } else if (hasAllAccounts() && (writer || unchanged(epoch))) return false
  }
  const leaf = leafOf(state, a, b, c)
  if (leaf != 0) readAccount(leaf)
  if (writer && hot) rememberAccount(a, b, c, leaf != 0 ? result : 0)
  return leaf != 0
}

/** Whether the slot is not zero. Words: 0 to 3 bytes of the value. */
export function storage(
  state: usize,
  a: u64,
  b: u64,
  c: u32,
  s0: u64,
  s1: u64,
  s2: u64,
  s3: u64,
): bool {
  const epoch = atomic.load<u32>(EPOCH)
  const hot = (epoch & 1) == 0 && atomic.load<u64>(VERSION) == load<u64>(state)
  if (hot) {
    const entry = findSlot(a, b, c, s0, s1, s2, s3)
    if (entry != 0) {
      const present = isPresent(entry)
      if (present) memory.copy(result, entry + 60, 32)
      if (writer || unchanged(epoch)) return present
    } else if (hasAllSlots(a, b, c) && (writer || unchanged(epoch))) return false
  }
  const present = readSlot(state, a, b, c, s0, s1, s2, s3)
  if (writer && hot) rememberSlot(a, b, c, s0, s1, s2, s3, present ? result : 0)
  return present
}

/** Leaves the hashed address in the words of the result. */
export function hashToResult(a: u64, b: u64, c: u32): void {
  hash(a, b, <u64>c | (<u64>1 << 32), 0, 0)
  memory.copy(result, scratch, 32)
}

/** As `account`, of the one whose hashed address is in the first words of the result. */
export function hashedAccount(state: usize): bool {
  memory.copy(scratch, result, 32)
  lastVersion = 0
  const leaf = lookUpAccount(state)
  if (leaf != 0) readAccount(leaf)
  return leaf != 0
}

/** The account in the leaf, as by `account`. */
export function accountIn(shard: u32, leaf: u32): void {
  lastVersion = 0
  lastShard = shard
  readAccount(leaf)
}

/** Whether the account has a slot that is not zero. */
export function hasStorage(state: usize, a: u64, b: u64, c: u32): bool {
  const leaf = leafOf(state, a, b, c)
  return leaf != 0 && storageOf(leaf) != 0
}

/** Whether what was read before this is of one version. */
function unchanged(epoch: u32): bool {
  // What was read stays before this store, and the store before the load.
  atomic.store<u32>(scratch, epoch)
  return atomic.load<u32>(EPOCH) == epoch
}

/** The leaf of the account, 0 when the state has none. */
function leafOf(state: usize, a: u64, b: u64, c: u32): u32 {
  const version = load<u64>(state)
  if (version == lastVersion && a == lastA && b == lastB && c == lastC) return lastLeaf
  hash(a, b, <u64>c | (<u64>1 << 32), 0, 0)
  lastVersion = version
  lastA = a
  lastB = b
  lastC = c
  lastLeaf = lookUpAccount(state)
  return lastLeaf
}

/** The leaf of the account whose hashed address is in the scratch, 0 when the state has none. */
function lookUpAccount(state: usize): u32 {
  lastShard = <u32>(load<u64>(scratch) >> 4) & 15
  const root = load<u32>(state + (<usize>lastShard << 2), STATE_REFS)
  return root == 0 ? 0 : lookUp(root, 1)
}

function readAccount(leaf: u32): void {
  const head = peek(leaf)
  const flags = head >> 8
  let at = leaf + 48 + (flags & WITH_STORAGE ? 32 : 0)
  store<u64>(result, peek(leaf + 40))
  if (flags & WITH_CODE) {
    for (let i: u32 = 0; i < 32; i += 8) store<u64>(result + i, peek(at + i), 40)
    at += 32
  } else {
    store<u64>(result, EMPTY_0, 40)
    store<u64>(result, EMPTY_1, 48)
    store<u64>(result, EMPTY_2, 56)
    store<u64>(result, EMPTY_3, 64)
  }
  const length = <u32>(head >> 16) & 0xff
  for (let i: u32 = 0; i < 4; i++) store<u64>(result + (<usize>i << 3), limb(at, length, i), 8)
}

function readSlot(
  state: usize,
  a: u64,
  b: u64,
  c: u32,
  s0: u64,
  s1: u64,
  s2: u64,
  s3: u64,
): bool {
  const owner = leafOf(state, a, b, c)
  if (owner == 0) return false
  const trie = storageOf(owner)
  if (trie == 0) return false
  hash(s0, s1, s2, s3, 1)
  const leaf = lookUp(trie, 0)
  if (leaf == 0) return false
  const length = <u32>(peek(leaf) >> 16) & 0xff
  for (let i: u32 = 0; i < 4; i++) store<u64>(result + (<usize>(3 - i) << 3), bswap<u64>(limb(leaf + 40, length, i)))
  return true
}

function storageOf(leaf: u32): u32 {
  const head = peek(leaf)
  return (head >> 8) & WITH_STORAGE ? <u32>(head >> 32) : 0
}

/** The `i`th little-endian word of a big-endian number of `length` bytes in the arena. */
function limb(at: u32, length: u32, i: u32): u64 {
  if (length <= i << 3) return 0
  const left = length - (i << 3)
  const bytes = bswap<u64>(peek(at + left - 8))
  return left >= 8 ? bytes : bytes & ((<u64>1 << (left << 3)) - 1)
}

function lookUp(root: u32, depth: u32): u32 {
  return call_indirect<u32>(
    functions + (lastShard << 1),
    root,
    depth,
    load<u64>(scratch),
    load<u64>(scratch, 8),
    load<u64>(scratch, 16),
    load<u64>(scratch, 24),
  )
}

function peek(at: u32): u64 {
  return call_indirect<u64>(functions + (lastShard << 1) + 1, at)
}

/**
 * Writes the keccak-256 of one block that begins with these words, where the message's end is marked with a byte 1 already, or,
 * for 32 bytes, by `w4` as 1. Of the state six lanes are kept complemented; see crypto/keccak.ts.
 */
function hash(w0: u64, w1: u64, w2: u64, w3: u64, w4: u64): void {
  memory.fill(scratch, 0, 200)
  store<u64>(scratch, w0)
  store<u64>(scratch, ~w1, 8)
  store<u64>(scratch, ~w2, 16)
  store<u64>(scratch, w3, 24)
  store<u64>(scratch, w4, 32)
  store<u64>(scratch, -1, 64)
  store<u64>(scratch, -1, 96)
  // The last byte of the block has the final bit.
  store<u64>(scratch, 0x8000000000000000, 128)
  store<u64>(scratch, -1, 136)
  store<u64>(scratch, -1, 160)
  keccakF(scratch)
  store<u64>(scratch, ~load<u64>(scratch, 8), 8)
  store<u64>(scratch, ~load<u64>(scratch, 16), 16)
}
