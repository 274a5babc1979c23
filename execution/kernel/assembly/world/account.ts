/** The record of an account: field offsets and questions that need nothing else. */
import { isZero } from '../math/u256'

/** Next record of the hash chain, u32. */
export const NEXT: usize = 0
/** Next record of the session's list, u32. */
export const NEXT_IN_SESSION: usize = 4
/** 20 bytes */
export const ADDRESS: usize = 8
/** u32: 1 when the account exists, be it empty */
export const EXISTS: usize = 28
/** u64 */
export const NONCE: usize = 32
/** word */
export const BALANCE: usize = 40
/** 32 bytes */
export const CODE_HASH: usize = 72
/** u32: code record, valid when the next field is the current code epoch or `CODE_IN_HEAP` */
export const CODE: usize = 104
/** u32 */
export const CODE_EPOCH: usize = 108
/** u32: number of the transaction that warmed it */
export const WARM: usize = 112
/** u32: number of the transaction that touched it (EIP-161) */
export const TOUCHED: usize = 116
/** u32: number of the transaction that created it as a contract */
export const CREATED: usize = 120
/** u32: number of the transaction that destroyed it */
export const DESTROYED: usize = 124
/** u32: 0 while its storage is that of the state before; a new number whenever its storage starts empty */
export const INCARNATION: usize = 128
/** u32: list of its slots */
export const SLOTS: usize = 132
/** As it was before the session. */
export const BASE_EXISTS: usize = 136
/** u32: `RUNS_NATIVE` and `ALWAYS_WARM` */
export const NATIVE: usize = 140
export const BASE_NONCE: usize = 144
export const BASE_BALANCE: usize = 152
export const BASE_CODE_HASH: usize = 184
export const ACCOUNT_SIZE: usize = 216

export const CODE_IN_HEAP: u32 = 0xffffffff

/** A precompile answers at the address. */
export const RUNS_NATIVE: u32 = 1
/** The address is in every transaction's access list (EIP-2929), as those of the fork's own precompiles are. */
export const ALWAYS_WARM: u32 = 2

// @ts-ignore: decorator
@inline
export function isPrecompile(account: usize): bool {
  return (load<u32>(account, NATIVE) & RUNS_NATIVE) != 0
}

// keccak256 of nothing, as little-endian limbs of its bytes
const EMPTY_0: u64 = 0x3c23f7860146d2c5
const EMPTY_1: u64 = 0xc003c7dcb27d7e92
const EMPTY_2: u64 = 0x3b2782ca53b600e5
const EMPTY_3: u64 = 0x70a4855d04d8fa7b

// @ts-ignore: decorator
@inline
export function hasCode(account: usize): bool {
  return (
    ((load<u64>(account, CODE_HASH) ^ EMPTY_0) |
      (load<u64>(account, CODE_HASH + 8) ^ EMPTY_1) |
      (load<u64>(account, CODE_HASH + 16) ^ EMPTY_2) |
      (load<u64>(account, CODE_HASH + 24) ^ EMPTY_3)) !=
    0
  )
}

export function setEmptyCodeHash(out: usize): void {
  store<u64>(out, EMPTY_0)
  store<u64>(out, EMPTY_1, 8)
  store<u64>(out, EMPTY_2, 16)
  store<u64>(out, EMPTY_3, 24)
}

/** EIP-161: no code, no nonce, no balance. */
// @ts-ignore: decorator
@inline
export function isEmpty(account: usize): bool {
  return load<u64>(account, NONCE) == 0 && isZero(account + BALANCE) && !hasCode(account)
}

/** Does not exist, or is empty. */
// @ts-ignore: decorator
@inline
export function isDead(account: usize): bool {
  return load<u32>(account, EXISTS) == 0 || isEmpty(account)
}

/** Address 0x…03. */
export function isRipemd(account: usize): bool {
  return (
    load<u64>(account, ADDRESS) == 0 && load<u64>(account, ADDRESS + 8) == 0 && load<u32>(account, ADDRESS + 16) == 0x03000000
  )
}
