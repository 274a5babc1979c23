import { bytesToHex, emptyCodeHash, keccak256 } from '@metis-stack/kernel'
import type { Account, StateReader } from '@metis-stack/metisvm'

/** An account before a run. */
export type WorldAccount = {
  /** 20 bytes */
  address: Uint8Array
  balance?: bigint
  nonce?: bigint
  code?: Uint8Array
  /** slot → value, 32 bytes each */
  storage?: [slot: Uint8Array, value: Uint8Array][]
}

/** Key of a map by bytes: shorter than hex, and V8 makes it in one call. */
const keyOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

type Entry = { account: Account; slots: Map<string, Uint8Array> }

/** Accounts in memory as our engine reads them. */
export function readerOf(accounts: readonly WorldAccount[]): StateReader {
  const entries = new Map<string, Entry>()
  const codes = new Map<string, Uint8Array>()
  for (const { address, balance = 0n, nonce = 0n, code, storage = [] } of accounts) {
    const codeHash = code ? keccak256(code) : emptyCodeHash
    if (code) codes.set(keyOf(codeHash), code)
    const slots = new Map(storage.map(([slot, value]) => [keyOf(slot), value]))
    entries.set(keyOf(address), { account: { nonce, balance, codeHash }, slots })
  }
  return {
    account: (address) => entries.get(keyOf(address))?.account,
    storage: (address, slot) => entries.get(keyOf(address))?.slots.get(keyOf(slot)),
    code: (hash) => codes.get(keyOf(hash)) ?? new Uint8Array(),
    hasStorage: (address) => (entries.get(keyOf(address))?.slots.size ?? 0) > 0,
  }
}

/** The same accounts as the peers that are programs of their own get them: JSON with 0x-strings. */
export function worldJson(accounts: readonly WorldAccount[]) {
  const codes: Record<string, string> = {}
  const list = accounts.map(({ address, balance = 0n, nonce = 0n, code, storage = [] }) => {
    const codeHash = code ? bytesToHex(keccak256(code)) : undefined
    if (code && codeHash) codes[codeHash] = bytesToHex(code)
    return {
      address: bytesToHex(address),
      balance: `0x${balance.toString(16)}`,
      nonce: `0x${nonce.toString(16)}`,
      codeHash,
      storage: storage.map(([slot, value]) => [bytesToHex(slot), bytesToHex(value)]),
    }
  })
  return { accounts: list, codes }
}

/** 20 bytes that end in `last`. */
export function addressOf(last: number): Uint8Array {
  const address = new Uint8Array(20)
  new DataView(address.buffer).setUint32(16, last)
  return address
}

export const word = (value: bigint): Uint8Array =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
