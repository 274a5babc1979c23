/**
 * Hashes of 32 and 64 bytes that come again: Solidity finds the slots of a dynamic array by hashing its slot number, and the slot of a
 * mapping's value by hashing key and slot number, mostly the same few again and again, also in contracts that run for the first time. A table remembers the last
 * ones; where that does not help, it is left alone for a while.
 */
import { keccakOf32, keccakOf64 } from '../crypto/keccak'
import { copy } from '../math/u256'

/** Entry: the 64 bytes | their hash as a word. No entry begins as one of 64 zero bytes: then the hash is not zero. */
const PAIR_SIZE: usize = 96
const PAIR_SHIFT: u32 = 16 - 9
const PAIRS: usize = memory.data(512 * 96, 16)

/** Entry: the 32 bytes | their hash as a word. */
const WORD_SIZE: usize = 64
const WORD_SHIFT: u32 = 16 - 7
const WORDS: usize = memory.data(128 * 64, 16)

/** Hits less misses of late; below zero, only every so many hashes is looked up, to see whether that has changed. */
let pairBalance: i32 = 0
let wordBalance: i32 = 0
const MOST: i32 = 256
const LEAST: i32 = -256
const REST_MASK: i32 = 15
let turn: i32 = 0

/** Writes to `out` the hash of the 64 bytes at `input`, as a word. */
export function keccakPair(input: usize, out: usize): void {
  if (rests(pairBalance)) {
    hash(input, 64, out)
    return
  }
  const entry = PAIRS + usize(place(input, 64) >> PAIR_SHIFT) * PAIR_SIZE
  pairBalance = look(entry, input, 64, pairBalance)
  copy(out, entry + 64)
}

/** Writes to `out` the hash of the 32 bytes at `input`, as a word. */
export function keccakWord(input: usize, out: usize): void {
  if (rests(wordBalance)) {
    hash(input, 32, out)
    return
  }
  const entry = WORDS + usize(place(input, 32) >> WORD_SHIFT) * WORD_SIZE
  wordBalance = look(entry, input, 32, wordBalance)
  copy(out, entry + 32)
}

// @ts-ignore: decorator
@inline
function rests(balance: i32): bool {
  return balance < 0 && (++turn & REST_MASK) != 0
}

/** Makes the entry hold the hash of what is at `input`; returns the new balance. */
// @ts-ignore: decorator
@inline
function look(entry: usize, input: usize, size: usize, balance: i32): i32 {
  if (holds(entry, input, size)) return min(balance + 4, MOST)
  for (let i: usize = 0; i < size; i += 8) store<u64>(entry + i, load<u64>(input + i))
  hash(input, size, entry + size)
  return max(balance - 1, LEAST)
}

// @ts-ignore: decorator
@inline
function hash(input: usize, size: usize, out: usize): void {
  if (size == 64) keccakOf64(input, out)
  else keccakOf32(input, out)
}

// @ts-ignore: decorator
@inline
function place(input: usize, size: usize): u32 {
  let mixed: u64 = 0
  for (let i: usize = 0; i < size; i += 8) mixed = (mixed + load<u64>(input + i)) * 0x9e3779b97f4a7c15
  return u32(mixed >> 48)
}

// @ts-ignore: decorator
@inline
function holds(entry: usize, input: usize, size: usize): bool {
  let difference: u64 = 0
  for (let i: usize = 0; i < size; i += 8) difference |= load<u64>(entry + i) ^ load<u64>(input + i)
  return difference == 0 && load<u64>(entry + size) != 0
}
