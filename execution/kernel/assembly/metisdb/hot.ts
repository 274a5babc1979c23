/**
 * Accounts and slots of the head state in open-addressing tables, by address and slot as they are: a read hashes nothing and
 * follows no pointer. The tables are a cache: what is not there is asked of the trie.
 *
 *   entry of an account, 128 bytes                    entry of a slot, 96 bytes
 *     0 u32 sequence, odd while it is being written     0 u32 sequence
 *     4 u32 state: 0 free, 1 absent, 2 present          4 u32 state
 *     8 address, 20                                     8 address, 20
 *    32 nonce, u64 little-endian                       28 slot, 32
 *    40 balance, 32 big-endian                         60 value, 32 big-endian
 *    72 code hash, 32
 *
 * The sequence is for readers in other threads: it must be even and the same before and after they read the entry.
 */
import { EXISTS, HAS_CODE, slotsOf } from './batch'

const FREE: u32 = 0
const ABSENT: u32 = 1
export const PRESENT: u32 = 2

const ACCOUNT_SIZE: usize = 128
const SLOT_SIZE: usize = 96

let accounts: usize = 0
let accountMask: u32 = 0
let accountCount: u32 = 0
let slots: usize = 0
let slotMask: u32 = 0
let slotCount: u32 = 0

// prettier-ignore
const EMPTY_CODE: usize = memory.data<u8>([
  0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
  0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
])

/** Makes tables for 2^n accounts and 2^n slots above `start`. A table that is three quarters full begins anew. */
export function createHot(start: usize, accountBits: u32, slotBits: u32): void {
  accounts = start
  accountMask = (1 << accountBits) - 1
  slots = accounts + (ACCOUNT_SIZE << accountBits)
  slotMask = (1 << slotBits) - 1
  const end = slots + (SLOT_SIZE << slotBits)
  const size = <usize>memory.size() << 16
  if (end > size && memory.grow(<i32>((end - size + 0xffff) >> 16)) < 0) unreachable()
}

export function clearAccounts(): void {
  if (accountCount == 0) return
  memory.fill(accounts, 0, ACCOUNT_SIZE * (<usize>accountMask + 1))
  accountCount = 0
}

export function clearSlots(): void {
  if (slotCount == 0) return
  memory.fill(slots, 0, SLOT_SIZE * (<usize>slotMask + 1))
  slotCount = 0
}

/** Seeded by the host: whoever chooses addresses must not be able to choose where they collide. */
let seed: u64 = 0

export function setSeed(value: u64): void {
  seed = value
}

// @ts-ignore: decorator
@inline
function mix(address: usize): u64 {
  let x = (load<u64>(address) ^ seed) * 0x9e3779b97f4a7c15
  x ^= rotl<u64>(load<u64>(address, 8) + seed, 29) * 0xc2b2ae3d27d4eb4f
  x ^= rotl<u64>((<u64>load<u32>(address, 16) + seed) * 0x165667b19e3779f9, 17)
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
function sameAddress(a: usize, b: usize): bool {
  const rest = <u64>(load<u32>(a, 16) ^ load<u32>(b, 16))
  return ((load<u64>(a) ^ load<u64>(b)) | (load<u64>(a, 8) ^ load<u64>(b, 8)) | rest) == 0
}

// @ts-ignore: decorator
@inline
function sameWord(a: usize, b: usize): bool {
  const low = v128.xor(v128.load(a), v128.load(b))
  const high = v128.xor(v128.load(a, 16), v128.load(b, 16))
  return !v128.any_true(v128.or(low, high))
}

/** The account's entry, or the free one where it would be. */
// @ts-ignore: decorator
@inline
function accountEntry(address: usize): usize {
  let i = finish(mix(address)) & accountMask
  while (true) {
    const entry = accounts + <usize>i * ACCOUNT_SIZE
    if (load<u32>(entry, 4) == FREE || sameAddress(entry + 8, address)) return entry
    i = (i + 1) & accountMask
  }
}

// @ts-ignore: decorator
@inline
function slotEntry(address: usize, slot: usize): usize {
  let x = mix(address)
  x ^= rotl<u64>((load<u64>(slot) ^ seed) * 0x9fb21c651e98df25, 31)
  x ^= rotl<u64>((load<u64>(slot, 8) + seed) * 0xa0761d6478bd642f, 13)
  x ^= rotl<u64>((load<u64>(slot, 16) ^ seed) * 0xe7037ed1a0b428db, 41)
  x ^= (load<u64>(slot, 24) + seed) * 0x8ebc6af09c88c6e3
  let i = finish(x) & slotMask
  while (true) {
    const entry = slots + <usize>i * SLOT_SIZE
    if (load<u32>(entry, 4) == FREE) return entry
    if (sameAddress(entry + 8, address) && sameWord(entry + 28, slot)) return entry
    i = (i + 1) & slotMask
  }
}

/** The account's entry, 0 when the table does not know. */
export function hotAccount(address: usize): usize {
  const entry = accountEntry(address)
  return load<u32>(entry, 4) == FREE ? 0 : entry
}

export function hotSlot(address: usize, slot: usize): usize {
  const entry = slotEntry(address, slot)
  return load<u32>(entry, 4) == FREE ? 0 : entry
}

/** Looks up the `count` addresses at `keys` and writes their entries' addresses (0 = not known) to `out`. */
export function hotAccounts(keys: usize, count: i32, out: usize): void {
  for (; count > 0; count--) {
    store<u32>(out, <u32>hotAccount(keys))
    keys += 20
    out += 4
  }
}

// @ts-ignore: decorator
@inline
function begin(entry: usize, state: u32): void {
  store<u32>(entry, load<u32>(entry) | 1)
  store<u32>(entry, state, 4)
}

// @ts-ignore: decorator
@inline
function end(entry: usize): void {
  store<u32>(entry, load<u32>(entry) + 1)
}

/** The entry to fill for this address. */
function takeAccount(address: usize): usize {
  let entry = accountEntry(address)
  if (load<u32>(entry, 4) != FREE) return entry
  if (accountCount >= accountMask - (accountMask >> 2)) {
    clearAccounts()
    entry = accountEntry(address)
  }
  accountCount++
  memory.copy(entry + 8, address, 20)
  return entry
}

/** Remembers an account: nonce, balance and code hash lie at `fields` as in an entry from 32 on. 0: it does not exist. */
export function rememberAccount(address: usize, fields: usize): void {
  const entry = takeAccount(address)
  begin(entry, fields ? PRESENT : ABSENT)
  if (fields) memory.copy(entry + 32, fields, 72)
  end(entry)
}

/** Remembers a slot; a value of no bytes is zero. */
export function rememberSlot(address: usize, slot: usize, value: usize, length: usize): void {
  let entry = slotEntry(address, slot)
  if (load<u32>(entry, 4) == FREE) {
    if (slotCount >= slotMask - (slotMask >> 2)) {
      clearSlots()
      entry = slotEntry(address, slot)
    }
    slotCount++
    memory.copy(entry + 8, address, 20)
    memory.copy(entry + 28, slot, 32)
  }
  begin(entry, length ? PRESENT : ABSENT)
  memory.fill(entry + 60, 0, 32 - length)
  memory.copy(entry + 92 - length, value, length)
  end(entry)
}

/** Applies a batch (see batch.ts). Slots of an account whose storage goes must have been dropped before. */
export function hotBatch(at: usize, limit: usize): void {
  while (at < limit) {
    const flags = load<u8>(at, 20)
    const entry = takeAccount(at)
    if ((flags & EXISTS) == 0) {
      begin(entry, ABSENT)
      end(entry)
      at += 21
      continue
    }
    const length = <usize>load<u8>(at, 29)
    begin(entry, PRESENT)
    store<u64>(entry, load<u64>(at, 21), 32)
    memory.fill(entry + 40, 0, 32 - length)
    memory.copy(entry + 72 - length, at + 30, length)
    memory.copy(entry + 72, flags & HAS_CODE ? at + 30 + length : EMPTY_CODE, 32)
    end(entry)
    let slot = slotsOf(at, flags)
    let count = load<u32>(slot)
    slot += 4
    for (; count > 0; count--) {
      const size = <usize>load<u8>(slot, 32)
      rememberSlot(at, slot, slot + 33, size)
      slot += 33 + size
    }
    at = slot
  }
}
