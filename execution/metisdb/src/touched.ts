import { keccak256 } from '@metis-stack/kernel'
import type { Touched } from './interface.js'
import { keyOf } from './key.js'

/** A key of a trie, 32 bytes, and whether it may be removed. */
export type WantedKey = { key: Uint8Array; removed: boolean }

/** An account with what is wanted of its storage as it was before. */
export type WantedAccount = WantedKey & { slots: WantedKey[] }

/** What was touched, by hashed keys, in their order. */
export function wantedKeys({ accounts, changes }: Touched): WantedAccount[] {
  const wanted = new Map<string, WantedAccount & { bySlot: Map<string, WantedKey> }>()
  const accountOf = (address: Uint8Array) => {
    const key = keyOf(address)
    let account = wanted.get(key)
    if (!account) {
      account = { key: keccak256(address), removed: false, slots: [], bySlot: new Map() }
      wanted.set(key, account)
    }
    return account
  }
  const slotOf = (slots: Map<string, WantedKey>, slot: Uint8Array): WantedKey => {
    const key = keyOf(slot)
    let known = slots.get(key)
    if (!known) {
      known = { key: keccak256(slot), removed: false }
      slots.set(key, known)
    }
    return known
  }
  for (const { address, slots } of accounts) {
    const { bySlot } = accountOf(address)
    for (const slot of slots) slotOf(bySlot, slot)
  }
  for (const { address, account, storage } of changes) {
    const known = accountOf(address)
    if (!account) known.removed = true
    for (const [slot, value] of storage) {
      const wantedSlot = slotOf(known.bySlot, slot)
      if (value.every((byte) => byte === 0)) wantedSlot.removed = true
    }
  }
  return [...wanted.values()]
    .map(({ key, removed, bySlot }) => ({ key, removed, slots: [...bySlot.values()].sort(byKey) }))
    .sort(byKey)
}

const byKey = (a: WantedKey, b: WantedKey): number => Buffer.compare(a.key, b.key)
