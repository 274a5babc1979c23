import type { Arena } from '../engine/arena.js'
import type { Trie } from '../engine/trie.js'
import { changedAccounts, changedSlots } from '../walk/leaves.js'
import type { HistoryEntry } from './key.js'
import { encodeAccount, noValue } from './value.js'

/** What `before` has and `after` has not. */
export function differences(
  arena: Arena,
  before: Trie,
  after: Trie,
  emptyCodeHash: Uint8Array,
): Omit<HistoryEntry, 'step'>[] {
  return changedAccounts(arena, before, after).flatMap((pair) => {
    const { key } = (pair.before ?? pair.after)!
    const was = pair.before
    const value = was ? encodeAccount(was.account, was.storage !== 0, emptyCodeHash) : noValue
    const slots = changedSlots(arena, was?.storage ?? 0, pair.after?.storage ?? 0).map((slot) => ({
      key: Buffer.concat([key, (slot.before ?? slot.after)!.key]),
      value: slot.before?.value ?? noValue,
    }))
    return [{ key, value }, ...slots]
  })
}
