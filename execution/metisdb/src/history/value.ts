/**
 * Values of history entries. A slot: big-endian without leading zeros, no bytes for zero. An account: no bytes if it does not
 * exist, else u8 flags (1 it has code, 2 it has storage), u64 nonce, 32 code hash (if it has code), balance big-endian without
 * leading zeros.
 */
import { bigIntToBytes, bytesToBigInt } from '@metis-stack/kernel'
import type { Account } from '../interface.js'

const hasCode = 1
const hasStorage = 2

export const noValue: Uint8Array = new Uint8Array()

/** `emptyCodeHash` stands for accounts without code and is not written. */
export function encodeAccount(
  { nonce, balance, codeHash }: Account,
  storage: boolean,
  emptyCodeHash: Uint8Array,
): Uint8Array {
  const coded = Buffer.compare(codeHash, emptyCodeHash) !== 0
  const amount = balance === 0n ? noValue : bigIntToBytes(balance)
  const bytes = new Uint8Array(9 + (coded ? 32 : 0) + amount.length)
  bytes[0] = (coded ? hasCode : 0) | (storage ? hasStorage : 0)
  new DataView(bytes.buffer).setBigUint64(1, nonce, true)
  if (coded) bytes.set(codeHash, 9)
  bytes.set(amount, bytes.length - amount.length)
  return bytes
}

/** `undefined` for an account that did not exist. */
export function decodeAccount(value: Uint8Array, emptyCodeHash: Uint8Array): Account | undefined {
  if (value.length === 0) return undefined
  const coded = (value[0]! & hasCode) !== 0
  return {
    nonce: nonceOf(value),
    balance: bytesToBigInt(value, coded ? 41 : 9),
    codeHash: coded ? value.slice(9, 41) : emptyCodeHash,
  }
}

function nonceOf(value: Uint8Array): bigint {
  const half = (at: number): number =>
    (value[at]! | (value[at + 1]! << 8) | (value[at + 2]! << 16) | (value[at + 3]! << 24)) >>> 0
  const high = half(5)
  return high === 0 ? BigInt(half(1)) : (BigInt(high) << 32n) | BigInt(half(1))
}

export function accountHasStorage(value: Uint8Array): boolean {
  return value.length > 0 && (value[0]! & hasStorage) !== 0
}

/** 32 bytes, `undefined` for zero. */
export function decodeSlot(value: Uint8Array): Uint8Array | undefined {
  if (value.length === 0) return undefined
  const word = new Uint8Array(32)
  word.set(value, 32 - value.length)
  return word
}
