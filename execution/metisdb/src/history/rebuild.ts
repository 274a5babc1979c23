import { emptyCodeHash } from '@metis-stack/kernel'
import { HashedBatches } from '../walk/hashedBatch.js'
import type { SlotLeaf } from '../walk/leaves.js'
import { accountKeyLength, type HistoryEntry, isSlot } from './key.js'
import { decodeAccount } from './value.js'

/** Changes, sorted by key, as batches of hashed keys. An account whose slots are among them is among them too. */
export function batchesOf(changes: Iterable<HistoryEntry>): Uint8Array[] {
  const batches = new HashedBatches()
  let current: HistoryEntry | undefined
  let slots: SlotLeaf[] = []
  const finish = (): void => {
    if (!current) return
    const account = decodeAccount(current.value, emptyCodeHash)
    // An account that is removed takes all its storage along.
    batches.add(current.key, account ?? null, account ? slots : [])
    slots = []
  }
  for (const entry of changes) {
    if (isSlot(entry.key)) slots.push({ key: entry.key.subarray(accountKeyLength), value: entry.value })
    else {
      finish()
      current = entry
    }
  }
  finish()
  return batches.take(true)
}
