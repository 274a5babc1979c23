import {
  bytesToBigInt,
  bytesToHex,
  emptyTrieRoot,
  equalBytes,
  type RlpDecoded,
  rlp,
} from '@metis-stack/kernel'
import type { Account, StateChanges } from '@metis-stack/metisdb'
import { bytesOf } from '../../hex.js'
import { testState } from '../../state.js'

/**
 * Root of a state of these accounts, by address, put in one after the other; `undefined` when the values are no accounts: a state
 * has no tries of anything else.
 */
export function stateRootOf(entries: [key: string, value: string | null][]): string | undefined {
  let view = testState().at(emptyTrieRoot)
  for (const [key, value] of entries) {
    const account = value === null ? null : accountOf(bytesOf(value))
    if (account === undefined || bytesOf(key).length !== 20) return undefined
    const change: StateChanges = [{ address: bytesOf(key), account, storageCleared: false, storage: [] }]
    const overlay = view.overlay()
    overlay.apply(change)
    view = overlay.view()
  }
  return bytesToHex(view.root)
}

function accountOf(encoded: Uint8Array): Account | undefined {
  let fields: RlpDecoded
  try {
    fields = rlp.decode(encoded)
  } catch {
    return undefined
  }
  if (!Array.isArray(fields) || fields.length !== 4) return undefined
  const [nonce, balance, storageRoot, codeHash] = fields as Uint8Array[]
  if (!equalBytes(storageRoot!, emptyTrieRoot)) return undefined
  return { nonce: bytesToBigInt(nonce!), balance: bytesToBigInt(balance!), codeHash: codeHash! }
}
