import { bigIntToBytes, bytesToBigInt, rlp } from '@metis-stack/kernel'
import { StateError } from './errors.js'
import type { Account } from './interface.js'

/** An account as its leaf in the state trie has it. */
export type StoredAccount = { account: Account; storageRoot: Uint8Array }

/** RLP of [nonce, balance, storageRoot, codeHash] (Yellow Paper, 4.1). */
export function encodeAccount(account: Account, storageRoot: Uint8Array): Uint8Array {
  return rlp.encode([
    bigIntToBytes(account.nonce),
    bigIntToBytes(account.balance),
    storageRoot,
    account.codeHash,
  ])
}

export function decodeAccount(leaf: Uint8Array): StoredAccount {
  const [nonce, balance, storageRoot, codeHash] = rlp.decode(leaf)
  if (
    !(nonce instanceof Uint8Array) ||
    !(balance instanceof Uint8Array) ||
    !(storageRoot instanceof Uint8Array) ||
    !(codeHash instanceof Uint8Array)
  ) {
    throw new StateError('damaged', 'A leaf of the state trie is not an account.')
  }
  return { account: { nonce: bytesToBigInt(nonce), balance: bytesToBigInt(balance), codeHash }, storageRoot }
}

/** A slot's value as its storage leaf has it: RLP of the bytes without leading zeros. Empty for zero. */
export function encodeSlot(value: Uint8Array): Uint8Array {
  const first = value.findIndex((byte) => byte !== 0)
  return first < 0 ? new Uint8Array() : rlp.encode(value.subarray(first))
}

/** 32 bytes. */
export function decodeSlot(leaf: Uint8Array): Uint8Array {
  const bytes = rlp.decode(leaf)
  if (!(bytes instanceof Uint8Array) || bytes.length > 32) {
    throw new StateError('damaged', 'A leaf of a storage trie is not a slot value.')
  }
  const value = new Uint8Array(32)
  value.set(bytes, 32 - bytes.length)
  return value
}
