/**
 * The journaled state of a session: accounts read from the backend on first use, and changed only through the functions
 * here. `account` parameters are pointers to account records, which stay valid for the session.
 */
import { keccak256 } from '../crypto/keccak'
import { add, copy, equals, isZero, less, setU64, sub } from '../math/u256'
import {
  ACCOUNT_SIZE,
  ADDRESS,
  ALWAYS_WARM,
  BALANCE,
  BASE_BALANCE,
  BASE_CODE_HASH,
  BASE_EXISTS,
  BASE_NONCE,
  CODE,
  CODE_EPOCH,
  CODE_HASH,
  CODE_IN_HEAP,
  CREATED,
  DESTROYED,
  EXISTS,
  hasCode,
  INCARNATION,
  isEmpty,
  NATIVE,
  NEXT,
  NEXT_IN_SESSION,
  NONCE,
  RUNS_NATIVE,
  setEmptyCodeHash,
  SLOTS,
  TOUCHED,
  WARM,
} from './account'
import { account as readAccount } from './backend'
import { codeByHash, codeEpoch, newCode, trimCodes } from './codes'
import { currentTransaction, nextTransaction, resetTransactions } from './currentTransaction'
import { hashAddress } from './hash'
import { allocate, resetHeap } from './heap'
import {
  forEachChangedLife,
  journalPosition,
  keepBalance,
  keepCode,
  keepLife,
  keepNonce,
  keepTouch,
  keepWarmAccount,
  resetJournal,
} from './journal'
import { ACCOUNT_HEADS, ACCOUNT_HEADS_MASK, PRECOMPILES, SCRATCH } from './layout'
import { dropSlots } from './storage'

let accounts: usize = 0
let incarnations: u32 = 0
let precompiles: u32 = 0
let warmAddresses: u32 = 0
let nativeAddresses: u32 = 0
/** EIP-161: touched empty accounts go at the end of the transaction. */
let clearsEmpty: bool = false

export function firstAccount(): usize {
  return accounts
}

/**
 * Forgets everything but cached code. Costs what the last session touched. The table of precompiles has `native` ones that are
 * always warm, then `disabled` addresses that are warm and nothing else, then `cold` precompiles.
 */
export function resetState(native: u32, disabled: u32, cold: u32, eip161: bool): void {
  for (let account = accounts; account != 0; account = load<u32>(account, NEXT_IN_SESSION)) {
    store<u32>(headOf(account + ADDRESS), 0)
    dropSlots(account)
  }
  accounts = 0
  resetTransactions()
  incarnations = 0
  precompiles = native
  warmAddresses = native + disabled
  nativeAddresses = native + disabled + cold
  clearsEmpty = eip161
  resetHeap()
  resetJournal()
  trimCodes()
}

// @ts-ignore: decorator
@inline
function headOf(address: usize): usize {
  return ACCOUNT_HEADS + (usize(hashAddress(address) & ACCOUNT_HEADS_MASK) << 2)
}

// @ts-ignore: decorator
@inline
function sameAddress(a: usize, b: usize): bool {
  return load<u64>(a, 12) == load<u64>(b, 12) && load<u64>(a, 4) == load<u64>(b, 4) && load<u32>(a) == load<u32>(b)
}

/** The account at a 20-byte address, existing or not. */
export function accountAt(address: usize): usize {
  const head = headOf(address)
  for (let account: usize = load<u32>(head); account != 0; account = load<u32>(account, NEXT)) {
    if (sameAddress(account + ADDRESS, address)) return account
  }
  const account = allocate(ACCOUNT_SIZE)
  memory.fill(account, 0, ACCOUNT_SIZE)
  memory.copy(account + ADDRESS, address, 20)
  store<u32>(account, load<u32>(head), NEXT)
  store<u32>(head, account)
  store<u32>(account, accounts, NEXT_IN_SESSION)
  accounts = account
  if (readAccount(account + ADDRESS, account + BASE_NONCE) != 0) {
    store<u32>(account, 1, BASE_EXISTS)
    store<u32>(account, 1, EXISTS)
  } else {
    setEmptyCodeHash(account + BASE_CODE_HASH)
  }
  memory.copy(account + NONCE, account + BASE_NONCE, 72)
  store<u32>(account, nativeFlags(address), NATIVE)
  return account
}

function nativeFlags(address: usize): u32 {
  let at = PRECOMPILES
  for (let i: u32 = 0; i < nativeAddresses; i++, at += 20) {
    if (!sameAddress(at, address)) continue
    return i < precompiles ? RUNS_NATIVE | ALWAYS_WARM : i < warmAddresses ? ALWAYS_WARM : RUNS_NATIVE
  }
  return 0
}

/** The code record of an account. */
export function codeOf(account: usize): usize {
  const mark = load<u32>(account, CODE_EPOCH)
  if (mark == CODE_IN_HEAP || mark == codeEpoch()) return load<u32>(account, CODE)
  const record = codeByHash(account + CODE_HASH)
  store<u32>(account, record, CODE)
  store<u32>(account, codeEpoch(), CODE_EPOCH)
  return record
}

export function isWarm(account: usize): bool {
  return load<u32>(account, WARM) == currentTransaction() || (load<u32>(account, NATIVE) & ALWAYS_WARM) != 0
}

export function warm(account: usize): void {
  if (load<u32>(account, WARM) == currentTransaction()) return
  keepWarmAccount(account)
  store<u32>(account, currentTransaction(), WARM)
}

/** Marks the account for EIP-161; it exists from now on. */
export function touch(account: usize): void {
  if (load<u32>(account, TOUCHED) != currentTransaction()) {
    keepTouch(account)
    store<u32>(account, currentTransaction(), TOUCHED)
  }
  if (load<u32>(account, EXISTS) == 0) {
    keepLife(account)
    store<u32>(account, 1, EXISTS)
  }
}

export function addBalance(account: usize, amount: usize): void {
  touch(account)
  if (isZero(amount)) return
  keepBalance(account)
  add(account + BALANCE, account + BALANCE, amount)
}

/** The caller has checked that the balance suffices. */
export function subtractBalance(account: usize, amount: usize): void {
  touch(account)
  if (isZero(amount)) return
  keepBalance(account)
  sub(account + BALANCE, account + BALANCE, amount)
}

export function canPay(account: usize, amount: usize): bool {
  return !less(account + BALANCE, amount)
}

export function clearBalance(account: usize): void {
  keepBalance(account)
  setU64(account + BALANCE, 0)
}

export function transfer(from: usize, to: usize, amount: usize): void {
  subtractBalance(from, amount)
  addBalance(to, amount)
}

export function setNonce(account: usize, nonce: u64): void {
  touch(account)
  keepNonce(account)
  store<u64>(account, nonce, NONCE)
}

/** Gives the account a code, copied from `bytes`. */
export function setCode(account: usize, bytes: usize, size: u32): void {
  touch(account)
  keepCode(account)
  if (size == 0) {
    setEmptyCodeHash(account + CODE_HASH)
    store<u32>(account, 0, CODE_EPOCH)
    return
  }
  keccak256(bytes, size, SCRATCH)
  copy(account + CODE_HASH, SCRATCH)
  store<u32>(account, newCode(SCRATCH, bytes, size), CODE)
  store<u32>(account, CODE_IN_HEAP, CODE_EPOCH)
}

/** Begins a contract: it exists, and its storage is empty. The balance stays. */
export function createContract(account: usize): void {
  touch(account)
  keepLife(account)
  store<u32>(account, currentTransaction(), CREATED)
  store<u32>(account, ++incarnations, INCARNATION)
}

/** Created as a contract in the running transaction (EIP-6780). */
export function isNew(account: usize): bool {
  return load<u32>(account, CREATED) == currentTransaction()
}

export function isDestroyed(account: usize): bool {
  return load<u32>(account, DESTROYED) == currentTransaction()
}

/** Marks the account to go at the end of the transaction. */
export function destroy(account: usize): void {
  if (isDestroyed(account)) return
  keepLife(account)
  store<u32>(account, currentTransaction(), DESTROYED)
}

/** Replaces the account's storage by nothing, outside of any transaction. */
export function clearStorage(account: usize): void {
  store<u32>(account, ++incarnations, INCARNATION)
}

/** Ends the transaction: destroyed and touched empty accounts go, and there is no way back. */
export function commitTransaction(): void {
  forEachChangedLife(settleLife)
  resetJournal()
  nextTransaction()
  trimCodes()
}

function settleLife(account: usize): void {
  if (load<u32>(account, EXISTS) == 0) return
  if (isDestroyed(account) || (clearsEmpty && isEmpty(account))) remove(account)
}

function remove(account: usize): void {
  store<u32>(account, 0, EXISTS)
  store<u64>(account, 0, NONCE)
  setU64(account + BALANCE, 0)
  setEmptyCodeHash(account + CODE_HASH)
  store<u32>(account, 0, CODE_EPOCH)
  store<u32>(account, ++incarnations, INCARNATION)
}

/** The account differs from what it was before the session, storage aside. */
export function accountChanged(account: usize): bool {
  return (
    load<u32>(account, EXISTS) != load<u32>(account, BASE_EXISTS) ||
    load<u64>(account, NONCE) != load<u64>(account, BASE_NONCE) ||
    !equals(account + BALANCE, account + BASE_BALANCE) ||
    codeChanged(account)
  )
}

export function codeChanged(account: usize): bool {
  return !equals(account + CODE_HASH, account + BASE_CODE_HASH)
}
