import { bytesToHex, emptyCodeHash } from '@metis-stack/kernel'
import type { Account, StateReader } from '@metis-stack/metisvm'
import { bigintOf, bytesOf, paddedBytesOf } from '../../hex.js'
import type { PreStateJson } from './block.js'

/** Reads a partial pre-state: it has no root, so that no trie is needed. */
export function readerOf(preState: PreStateJson, codes: Record<string, string>): StateReader {
  const accounts = new Map<string, Account>()
  const slots = new Map<string, Map<string, Uint8Array>>()
  for (const [address, { balance, nonce, code_hash, storage }] of Object.entries(preState)) {
    const key = bytesToHex(bytesOf(address))
    accounts.set(key, {
      nonce: BigInt(nonce),
      balance: bigintOf(balance),
      codeHash: code_hash ? bytesOf(code_hash) : emptyCodeHash,
    })
    const words = Object.entries(storage).map(([slot, value]): [string, Uint8Array] => [
      bytesToHex(paddedBytesOf(slot, 32)),
      paddedBytesOf(value, 32),
    ])
    slots.set(key, new Map(words))
  }
  return {
    account: (address) => accounts.get(bytesToHex(address)),
    storage: (address, slot) => slots.get(bytesToHex(address))?.get(bytesToHex(slot)),
    code: (hash) => bytesOf(codes[bytesToHex(hash)] ?? ''),
    hasStorage: (address) => (slots.get(bytesToHex(address))?.size ?? 0) > 0,
  }
}
