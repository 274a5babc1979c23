/**
 * Fast module `metisdb-front`: what stands before the arenas of a state. Tables of hot accounts and slots, reading a state from other
 * instances, and sorting a batch for the arenas. The memory is imported and shared; each thread has an instance.
 */
import {
  GROUPS,
  INPUT,
  INPUT_SIZE,
  STATES,
  TABLES,
} from '../metisdb/frontLayout'
import { createHot, findAccount } from '../metisdb/hot'
import { partition } from '../metisdb/partition'

export { beginEpoch, clearAccounts, clearSlots, clearToEmpty, endEpoch, findAccounts, hotBatch } from '../metisdb/hot'
import { account, accountIn, hashedAccount, hasCode, hashToResult, hasStorage, storage, word } from '../metisdb/native'
export { join, resultAt } from '../metisdb/native'
export { account, hasStorage, storage, word }
export { partition }

/** Tables for 2^n accounts and 2^n slots. */
export function create(accountBits: u32, slotBits: u32, secret: u64): void {
  createHot(TABLES, accountBits, slotBits, secret)
}

export function tablesAt(): usize {
  return TABLES
}

/** Where a batch is put. */
export function inputAt(): usize {
  return INPUT
}

export function inputSize(): usize {
  return INPUT_SIZE
}

export function groupsAt(): usize {
  return GROUPS
}

export function statesAt(): usize {
  return STATES
}

// For the host keys are words of 32 bits: it has no cheap ones of 64.

// @ts-ignore: decorator
@inline
function pair(low: u32, high: u32): u64 {
  return <u64>low | (<u64>high << 32)
}

/** The entry of the account in the hot table, 0 when it does not know. */
export function entryOf(a: u32, b: u32, c: u32, d: u32, e: u32): usize {
  return findAccount(pair(a, b), pair(c, d), e)
}

/** As `account`; 2 when it has code. */
export function readAccount(state: usize, a: u32, b: u32, c: u32, d: u32, e: u32): u32 {
  if (!account(state, pair(a, b), pair(c, d), e)) return 0
  return hasCode() ? 2 : 1
}

/** As `readAccount`, of the account whose hashed address the words of the last result have. */
export function readHashed(state: usize): u32 {
  if (!hashedAccount(state)) return 0
  return hasCode() ? 2 : 1
}

/** As `readAccount`, of the leaf in the shard. */
export function readLeaf(shard: u32, leaf: u32): u32 {
  accountIn(shard, leaf)
  return hasCode() ? 2 : 1
}

/** As `storage`; the slot is what the words of the last result have. */
export function readSlot(state: usize, a: u32, b: u32, c: u32, d: u32, e: u32): bool {
  return storage(state, pair(a, b), pair(c, d), e, word(0), word(1), word(2), word(3))
}

/** Leaves the hashed address in the words of the result. */
export function hashAddress(a: u32, b: u32, c: u32, d: u32, e: u32): void {
  hashToResult(pair(a, b), pair(c, d), e)
}

export function readHasStorage(state: usize, a: u32, b: u32, c: u32, d: u32, e: u32): bool {
  return hasStorage(state, pair(a, b), pair(c, d), e)
}
