/** keccak-256 of the address, and for a slot keccak-256 of it behind that: 32 or 64 bytes. */
export type HistoryKey = Uint8Array

export const accountKeyLength = 32
export const slotKeyLength = 64

/** One value that a step changed. */
export type HistoryEntry = {
  key: HistoryKey
  /** The state, counted from the oldest that was ever kept, that had the value last. */
  step: number
  /** See value.ts. */
  value: Uint8Array
}

/** Keys in the order of their bytes: an account comes right before its slots. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

/** Entries by key, those of one key by step. */
export function compareEntries(a: HistoryEntry, b: HistoryEntry): number {
  return compareKeys(a.key, b.key) || a.step - b.step
}

export function isSlot(key: HistoryKey): boolean {
  return key.length === slotKeyLength
}
