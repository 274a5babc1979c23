/**
 * Hashes of 64 bytes that come again: Solidity finds the slot of a mapping's value by hashing key and slot number, mostly the same
 * few again and again. A table remembers the last ones; where that does not help, it is left alone for a while.
 */
import { keccak256 } from '../crypto/keccak'
import { reverse } from '../math/u256'
import { SCRATCH } from '../world/layout'

/** Entry: the 64 bytes | their hash as a word. No entry begins as one of 64 zero bytes: then the hash is not zero. */
const ENTRY_SIZE: usize = 96
const HASH: usize = 64
const ENTRY_MASK: u32 = 511
const ENTRIES: usize = memory.data(512 * 96, 16)

/** Hits less misses of late; below zero, only every so many hashes is looked up, to see whether that has changed. */
let balance: i32 = 0
const MOST: i32 = 256
const LEAST: i32 = -256
const REST_MASK: i32 = 15
let turn: i32 = 0

/** Writes to `out` the hash of the 64 bytes at `input`, as a word. */
export function keccakPair(input: usize, out: usize): void {
  if (balance < 0 && (++turn & REST_MASK) != 0) {
    keccak256(input, 64, SCRATCH)
    reverse(out, SCRATCH)
    return
  }
  const entry = ENTRIES + usize(place(input) & ENTRY_MASK) * ENTRY_SIZE
  if (holds(entry, input)) {
    balance = min(balance + 4, MOST)
  } else {
    balance = max(balance - 1, LEAST)
    keccak256(input, 64, SCRATCH)
    memory.copy(entry, input, 64)
    reverse(entry + HASH, SCRATCH)
  }
  for (let i: usize = 0; i < 32; i += 8) store<u64>(out + i, load<u64>(entry + HASH + i))
}

function place(input: usize): u32 {
  let mixed: u64 = 0
  for (let i: usize = 0; i < 64; i += 8) mixed = rotl<u64>(mixed, 19) ^ (load<u64>(input + i) * 0x9e3779b97f4a7c15)
  return u32(mixed >> 41)
}

function holds(entry: usize, input: usize): bool {
  let difference: u64 = 0
  for (let i: usize = 0; i < 64; i += 8) difference |= load<u64>(entry + i) ^ load<u64>(input + i)
  return difference == 0 && load<u64>(entry, HASH) != 0
}
