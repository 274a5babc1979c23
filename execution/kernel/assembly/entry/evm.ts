/**
 * Fast module `evm`: what the host calls. The host writes the environment and transactions into memory at the addresses
 * that evm/environment.ts names, and may call the reading functions also while it runs a precompile.
 */
import { equals, reverse, setU64 } from '../math/u256'
import {
  BALANCE,
  BASE_CODE_HASH,
  BASE_EXISTS,
  EXISTS,
  INCARNATION,
  isEmpty,
  NEXT_IN_SESSION,
  NONCE,
  SLOTS,
} from '../world/account'
import { attachCompiled, codeBytes, codeLength, forgetCodes, profileOf } from '../world/codes'
import { keyHashes } from '../world/hash'
import { MEMORY, reserve } from '../world/layout'
import { SLOT_BASE, SLOT_CURRENT, SLOT_INCARNATION, SLOT_KEY, SLOT_NEXT_IN_ACCOUNT } from '../world/slot'
import {
  accountAt,
  accountChanged,
  addBalance,
  clearStorage,
  codeChanged,
  codeOf,
  commitTransaction,
  firstAccount,
  resetState,
  setCode,
  setNonce,
} from '../world/state'
import { forgetSlots } from '../world/slotCache'
import { setSlot, slotAt } from '../world/storage'
import { COLD_COUNT, DISABLED_COUNT, FORK, PRECOMPILE_COUNT } from '../evm/environment'
import { SPURIOUS_DRAGON } from '../evm/forks'
import { machine } from '../evm/machine'
import { enableCompiler as enableTier1, KNOWN, RUNS } from '../evm/tier'
import { buildSchedule } from '../evm/schedule'
import { systemCall as runSystemCall, transact as runTransaction } from '../evm/transaction'

export { transactAll } from '../evm/batch'
export * from '../evm/compiled'
export { readFrom } from '../world/backend'

const KEY: usize = memory.data(32, 8)

/** Once per instance: makes the regions exist, and hashes unpredictable by a random seed. */
export function initialize(seed: u64): void {
  if (!reserve(MEMORY)) unreachable()
  keyHashes(seed)
  machine.fork = -1
}

/** Begins a session with the environment in memory; what was before is forgotten. */
export function begin(): void {
  const fork = load<i32>(FORK)
  if (fork != machine.fork) {
    machine.fork = fork
    buildSchedule(fork)
    // Compiled code has the old fork's prices.
    forgetCodes()
  }
  forgetSlots()
  resetState(load<u32>(PRECOMPILE_COUNT), load<u32>(DISABLED_COUNT), load<u32>(COLD_COUNT), fork >= SPURIOUS_DRAGON)
}

/** From now on the kernel asks for code to be compiled (`env.compile`); see evm/tier.ts. */
export function enableCompiler(jumps: u32, gas: u32, failures: u32, sampleFirst: bool): void {
  enableTier1(jumps, gas, failures, sampleFirst)
}

/** Gives the code of a record its compiled form, a function of the module's table; the host fills the entries returned. */
export function attach(record: usize, index: u32, tier: u32): usize {
  return attachCompiled(record, index, tier)
}

/** Address of three u64 that count turns of frames by tier. */
export function tierRuns(): usize {
  return RUNS
}

/** Address of 65,536 bits, one for the first two bytes of a code hash: whether the host is asked for code that begins so at its first run. */
export function knownCodes(): usize {
  return KNOWN
}

/** Where the profile of a code record is, 24 bytes for each byte of code; 0 when there is none. */
export function profile(record: usize): usize {
  return profileOf(record)
}

/** Makes `size` bytes for a transaction's data available; their address. */
export function arena(size: usize): usize {
  if (!reserve(MEMORY + size)) unreachable()
  return MEMORY
}

export function transact(): i32 {
  return runTransaction()
}

export function systemCall(): void {
  runSystemCall()
}

/** The account record at a 20-byte address; 0 when the account does not exist. */
export function account(address: usize): usize {
  const record = accountAt(address)
  return load<u32>(record, EXISTS) != 0 ? record : 0
}

/** Present value of a slot, 32 bytes big-endian both. */
export function storage(address: usize, slot: usize, out: usize): void {
  reverse(KEY, slot)
  reverse(out, slotAt(accountAt(address), KEY) + SLOT_CURRENT)
}

/** The code record of an account: its size is at +4, its bytes begin at +96. */
export function code(address: usize): usize {
  return codeOf(accountAt(address))
}

/** Adds a word to a balance outside of transactions, with EIP-161 clearing. */
export function credit(address: usize, amount: usize): void {
  addBalance(accountAt(address), amount)
  commitTransaction()
}

export function overrideNonce(address: usize, nonce: u64): void {
  setNonce(accountAt(address), nonce)
  commitTransaction()
}

export function overrideBalance(address: usize, balance: usize): void {
  const account = accountAt(address)
  setU64(account + BALANCE, 0)
  addBalance(account, balance)
  commitTransaction()
}

export function overrideCode(address: usize, bytes: usize, size: u32): void {
  setCode(accountAt(address), bytes, size)
  commitTransaction()
}

export function clearSlots(address: usize): void {
  clearStorage(accountAt(address))
}

/** Sets a slot, 32 bytes big-endian both. */
export function overrideSlot(address: usize, slot: usize, value: usize): void {
  const account = accountAt(address)
  reverse(KEY, slot)
  const record = slotAt(account, KEY)
  reverse(KEY, value)
  setSlot(record, KEY)
  commitTransaction()
}

/** Walks the session's accounts: first with 0, then with the last record; 0 ends. Only changed accounts are returned. */
export function nextChanged(previous: usize): usize {
  let record = previous == 0 ? firstAccount() : usize(load<u32>(previous, NEXT_IN_SESSION))
  for (; record != 0; record = load<u32>(record, NEXT_IN_SESSION)) {
    if (accountChanged(record) || storageCleared(record) || nextChangedSlot(record, 0) != 0) return record
  }
  return 0
}

/** The storage of before is gone. */
export function storageCleared(record: usize): bool {
  return load<u32>(record, INCARNATION) != 0 && load<u32>(record, BASE_EXISTS) != 0
}

/** The account's code record when it has another code than before, else 0. */
export function changedCode(record: usize): usize {
  return codeChanged(record) ? codeOf(record) : 0
}

/** Walks the changed slots of an account: first with 0, then with the last slot; 0 ends. */
export function nextChangedSlot(record: usize, previous: usize): usize {
  const incarnation = load<u32>(record, INCARNATION)
  let slot: usize = previous == 0 ? load<u32>(record, SLOTS) : load<u32>(previous, SLOT_NEXT_IN_ACCOUNT)
  for (; slot != 0; slot = load<u32>(slot, SLOT_NEXT_IN_ACCOUNT)) {
    if (load<u32>(slot, SLOT_INCARNATION) == incarnation && !equals(slot + SLOT_CURRENT, slot + SLOT_BASE)) return slot
  }
  return 0
}
