/**
 * Accounts and slots of the head state in open-addressing tables, by address and slot as they are: a read hashes nothing and
 * follows no pointer. The tables are a cache: what is not there is asked of the trie.
 *
 *   entry of an account, 128 bytes                    entry of a slot, 96 bytes
 *     4 u32 state: 0 free, 1 absent, 2 present          4 u32 state
 *     8 address, 20                                     8 address, 20
 *    28 u32 generation of its slots, or 0              28 slot, 32
 *    32 nonce, u64                                     60 value, 32 big-endian
 *    40 balance, 32 little-endian
 *    72 code hash, 32
 *
 * What the tables have seen come into being they know entirely, so that they know what is not there as well: all accounts, while they
 * have followed the state from the empty one on (`WHOLE`); all slots of an account that was absent before, while no slot has left the
 * table since (the account's generation is the table's).
 *
 * One thread writes, any may read. The tables as a whole are under a sequence lock: `EPOCH` is odd while what they say changes, so a
 * reader that finds the same even number before and after has read of one version. Within an epoch entries are only
 * added: their state is written last, so one that is not free is complete. In doubt a reader asks the trie.
 */
import { EXISTS, HAS_CODE, slotsOf } from './batch'
import { EPOCH, GENERATION, VERSION, WHOLE } from './frontLayout'

const FREE: u32 = 0
export const ABSENT: u32 = 1
const PRESENT: u32 = 2

const ACCOUNT_SIZE: usize = 128
const SLOT_SIZE: usize = 96

// Where the tables are is the same in all threads from the beginning.
let accounts: usize = 0
let accountMask: u32 = 0
let slots: usize = 0
let slotMask: u32 = 0

// Only the writer counts.
let accountCount: u32 = 0
let slotCount: u32 = 0

// prettier-ignore
const EMPTY_CODE: usize = memory.data<u8>([
  0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
  0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
])

/**
 * Tables for 2^n accounts and 2^n slots above `start`; one that is three quarters full begins anew. The seed is the host's:
 * whoever chooses addresses must not be able to choose where they collide.
 */
export function createHot(start: usize, accountBits: u32, slotBits: u32, secret: u64): void {
  seed = secret
  accounts = start
  accountMask = (1 << accountBits) - 1
  slots = accounts + (ACCOUNT_SIZE << accountBits)
  slotMask = (1 << slotBits) - 1
}

let seed: u64 = 0

// @ts-ignore: decorator
@inline
function mix(a: u64, b: u64, c: u32): u64 {
  let x = (a ^ seed) * 0x9e3779b97f4a7c15
  x ^= rotl<u64>(b + seed, 29) * 0xc2b2ae3d27d4eb4f
  x ^= rotl<u64>((<u64>c + seed) * 0x165667b19e3779f9, 17)
  return x
}

// @ts-ignore: decorator
@inline
function finish(x: u64): u32 {
  x ^= x >> 32
  x *= 0xd6e8feb86659fd93
  return <u32>(x >> 32)
}

// @ts-ignore: decorator
@inline
function stateOf(entry: usize): u32 {
  return atomic.load<u32>(entry, 4)
}

// @ts-ignore: decorator
@inline
function hasAddress(entry: usize, a: u64, b: u64, c: u32): bool {
  return ((load<u64>(entry, 8) ^ a) | (load<u64>(entry, 16) ^ b) | <u64>(load<u32>(entry, 24) ^ c)) == 0
}

/** The account's entry, or the free one where it would be. The address is the words that loading it gives. */
// @ts-ignore: decorator
@inline
function accountEntry(a: u64, b: u64, c: u32): usize {
  let i = finish(mix(a, b, c)) & accountMask
  while (true) {
    const entry = accounts + <usize>i * ACCOUNT_SIZE
    if (stateOf(entry) == FREE || hasAddress(entry, a, b, c)) return entry
    i = (i + 1) & accountMask
  }
}

// @ts-ignore: decorator
@inline
function slotEntry(a: u64, b: u64, c: u32, s0: u64, s1: u64, s2: u64, s3: u64): usize {
  let x = mix(a, b, c)
  x ^= rotl<u64>((s0 ^ seed) * 0x9fb21c651e98df25, 31)
  x ^= rotl<u64>((s1 + seed) * 0xa0761d6478bd642f, 13)
  x ^= rotl<u64>((s2 ^ seed) * 0xe7037ed1a0b428db, 41)
  x ^= (s3 + seed) * 0x8ebc6af09c88c6e3
  let i = finish(x) & slotMask
  while (true) {
    const entry = slots + <usize>i * SLOT_SIZE
    if (stateOf(entry) == FREE) return entry
    if (
      hasAddress(entry, a, b, c) &&
      ((load<u64>(entry, 28) ^ s0) |
        (load<u64>(entry, 36) ^ s1) |
        (load<u64>(entry, 44) ^ s2) |
        (load<u64>(entry, 52) ^ s3)) ==
        0
    )
      return entry
    i = (i + 1) & slotMask
  }
}

/** The account's entry, 0 when the table does not know. */
// @ts-ignore: decorator
@inline
export function findAccount(a: u64, b: u64, c: u32): usize {
  const entry = accountEntry(a, b, c)
  return stateOf(entry) == FREE ? 0 : entry
}

// @ts-ignore: decorator
@inline
export function findSlot(a: u64, b: u64, c: u32, s0: u64, s1: u64, s2: u64, s3: u64): usize {
  const entry = slotEntry(a, b, c, s0, s1, s2, s3)
  return stateOf(entry) == FREE ? 0 : entry
}

// @ts-ignore: decorator
@inline
export function isPresent(entry: usize): bool {
  return load<u32>(entry, 4) == PRESENT
}

/** Whether the table has all accounts there are. */
// @ts-ignore: decorator
@inline
export function hasAllAccounts(): bool {
  return load<u32>(WHOLE) != 0
}

/** Whether a slot of this account that the table does not know is zero. */
// @ts-ignore: decorator
@inline
export function hasAllSlots(a: u64, b: u64, c: u32): bool {
  const entry = findAccount(a, b, c)
  if (entry == 0) return hasAllAccounts()
  return !isPresent(entry) || load<u32>(entry, 28) == load<u32>(GENERATION)
}

/** Looks up the `count` addresses at `keys` and writes their entries' addresses (0 = not known) to `out`. */
export function findAccounts(keys: usize, count: i32, out: usize): void {
  for (; count > 0; count--) {
    store<u32>(out, <u32>findAccount(load<u64>(keys), load<u64>(keys, 8), load<u32>(keys, 16)))
    keys += 20
    out += 4
  }
}

// Writing

/** What the tables say changes from here on. */
export function beginEpoch(): void {
  atomic.store<u32>(EPOCH, load<u32>(EPOCH) | 1)
  // What is written from here on stays behind this load, and the load behind that store.
  atomic.load<u32>(EPOCH)
}

/** From here on they say what `version` has. */
export function endEpoch(version: u64): void {
  atomic.store<u64>(VERSION, version)
  atomic.store<u32>(EPOCH, (load<u32>(EPOCH) | 1) + 1)
}

/** Within `beginEpoch` and `endEpoch`, as is all that takes or changes what is there. */
export function clearAccounts(): void {
  store<u32>(WHOLE, 0)
  if (accountCount == 0) return
  memory.fill(accounts, 0, ACCOUNT_SIZE * (<usize>accountMask + 1))
  accountCount = 0
}

export function clearSlots(): void {
  store<u32>(GENERATION, max<u32>(load<u32>(GENERATION) + 1, 1))
  if (slotCount == 0) return
  memory.fill(slots, 0, SLOT_SIZE * (<usize>slotMask + 1))
  slotCount = 0
}

/** As above: what they say from here on is the empty state. */
export function clearToEmpty(): void {
  clearAccounts()
  clearSlots()
  store<u32>(WHOLE, 1)
}

/** The entry to fill for this address. */
function takeAccount(a: u64, b: u64, c: u32): usize {
  let entry = accountEntry(a, b, c)
  if (stateOf(entry) != FREE) return entry
  if (accountCount >= accountMask - (accountMask >> 2)) {
    const within = (load<u32>(EPOCH) & 1) != 0
    beginEpoch()
    clearAccounts()
    if (!within) endEpoch(load<u64>(VERSION))
    entry = accountEntry(a, b, c)
  }
  accountCount++
  store<u64>(entry, a, 8)
  store<u64>(entry, b, 16)
  store<u32>(entry, c, 24)
  return entry
}

function takeSlot(a: u64, b: u64, c: u32, s0: u64, s1: u64, s2: u64, s3: u64): usize {
  let entry = slotEntry(a, b, c, s0, s1, s2, s3)
  if (stateOf(entry) != FREE) return entry
  if (slotCount >= slotMask - (slotMask >> 2)) {
    const within = (load<u32>(EPOCH) & 1) != 0
    beginEpoch()
    clearSlots()
    if (!within) endEpoch(load<u64>(VERSION))
    entry = slotEntry(a, b, c, s0, s1, s2, s3)
  }
  slotCount++
  store<u64>(entry, a, 8)
  store<u64>(entry, b, 16)
  store<u32>(entry, c, 24)
  store<u64>(entry, s0, 28)
  store<u64>(entry, s1, 36)
  store<u64>(entry, s2, 44)
  store<u64>(entry, s3, 52)
  return entry
}

// @ts-ignore: decorator
@inline
function publish(entry: usize, present: bool): void {
  atomic.store<u32>(entry, present ? PRESENT : ABSENT, 4)
}

/** Remembers what the version has: nonce, balance and code hash lie at `fields` as in an entry from 32 on. 0: no such account. */
export function rememberAccount(a: u64, b: u64, c: u32, fields: usize): void {
  const entry = takeAccount(a, b, c)
  if (fields) memory.copy(entry + 32, fields, 72)
  publish(entry, fields != 0)
}

/** The value's 32 bytes lie at `value`; 0: it is zero. */
export function rememberSlot(
  a: u64,
  b: u64,
  c: u32,
  s0: u64,
  s1: u64,
  s2: u64,
  s3: u64,
  value: usize,
): void {
  const entry = takeSlot(a, b, c, s0, s1, s2, s3)
  if (value) memory.copy(entry + 60, value, 32)
  publish(entry, value != 0)
}

/** Applies a batch (see batch.ts) within an epoch. Slots of an account whose storage goes are for the caller to drop, afterwards. */
export function hotBatch(at: usize, limit: usize): void {
  while (at < limit) {
    const flags = load<u8>(at, 20)
    const a = load<u64>(at)
    const b = load<u64>(at, 8)
    const c = load<u32>(at, 16)
    const whole = hasAllAccounts()
    const entry = takeAccount(a, b, c)
    const before = stateOf(entry)
    if ((flags & EXISTS) == 0) {
      publish(entry, false)
      at += 21
      continue
    }
    if (before == ABSENT || (before == FREE && whole)) store<u32>(entry, load<u32>(GENERATION), 28)
    const length = <usize>load<u8>(at, 29)
    store<u64>(entry, load<u64>(at, 21), 32)
    for (let i: usize = 0; i < 4; i++) store<u64>(entry + (i << 3), limbOf(at + 30, length, i), 40)
    memory.copy(entry + 72, flags & HAS_CODE ? at + 30 + length : EMPTY_CODE, 32)
    publish(entry, true)
    let slot = slotsOf(at, flags)
    let count = load<u32>(slot)
    slot += 4
    for (; count > 0; count--) {
      const size = <usize>load<u8>(slot, 32)
      const held = takeSlot(
        a,
        b,
        c,
        load<u64>(slot),
        load<u64>(slot, 8),
        load<u64>(slot, 16),
        load<u64>(slot, 24),
      )
      memory.fill(held + 60, 0, 32 - size)
      memory.copy(held + 92 - size, slot + 33, size)
      publish(held, size != 0)
      slot += 33 + size
    }
    at = slot
  }
}

/** The `i`th of four little-endian words of a big-endian number of `length` bytes; the 8 bytes before it can be read. */
export function limbOf(at: usize, length: usize, i: usize): u64 {
  if (length <= i << 3) return 0
  const left = length - (i << 3)
  const word = bswap<u64>(load<u64>(at + left - 8))
  return left >= 8 ? word : word & ((<u64>1 << (left << 3)) - 1)
}
