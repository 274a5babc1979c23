import { emptyCodeHash, equalBytes } from '@metis-stack/kernel'
import type { Arena } from '../engine/arena.js'
import type { Trie } from '../engine/trie.js'
import { keyOf } from '../key.js'
import { HashedBatches, slotsPerEntry } from '../walk/hashedBatch.js'
import { type AccountLeaf, accountsFrom, slotsFrom } from '../walk/leaves.js'

/** A part of a state, in the order of hashed addresses. */
export type StatePart = {
  /** Accounts and slots, see {@link HashedBatches}. */
  batches: Uint8Array[]
  /** Hashes of codes that no part before has named. */
  codes: Uint8Array[]
  accounts: number
  slots: number
  /** How much of the key space is behind this part, from 0 to 1: keys are hashes, so that it is how much of the state is. */
  done: number
}

const accountsPerPart = 2048

/** All of a state. Between parts anything may happen to the arena, as long as the version is held. */
export function* partsOf(arena: Arena, trie: Trie): Generator<StatePart> {
  const named = new Set<string>()
  const batches = new HashedBatches()
  let from: Uint8Array | undefined = new Uint8Array(32)
  while (from) {
    const found = accountsFrom(arena, trie, from, accountsPerPart)
    const part: StatePart = { batches: [], codes: [], accounts: found.length, slots: 0, done: 1 }
    for (const leaf of found) {
      nameCode(leaf, named, part)
      for (const slots of slotsOf(arena, leaf)) {
        batches.add(leaf.key, leaf.account, slots)
        part.slots += slots.length
        part.batches.push(...batches.take(false))
        // So that one huge account is not one huge part.
        if (part.batches.length > 4) {
          yield { ...part, done: fractionOf(leaf.key), accounts: 0 }
          part.batches = []
          part.codes = []
          part.slots = 0
        }
      }
    }
    from = found.length < accountsPerPart ? undefined : after(found.at(-1)!.key)
    part.batches.push(...batches.take(from === undefined))
    part.done = from ? fractionOf(from) : 1
    yield part
  }
}

function nameCode({ account }: AccountLeaf, named: Set<string>, part: StatePart): void {
  const { codeHash } = account
  if (equalBytes(codeHash, emptyCodeHash) || named.has(keyOf(codeHash))) return
  named.add(keyOf(codeHash))
  part.codes.push(codeHash)
}

function* slotsOf(arena: Arena, { storage }: AccountLeaf) {
  if (storage === 0) {
    yield []
    return
  }
  let from: Uint8Array | undefined = new Uint8Array(32)
  while (from) {
    const slots = slotsFrom(arena, storage, from, slotsPerEntry)
    yield slots
    from = slots.length < slotsPerEntry ? undefined : after(slots.at(-1)!.key)
  }
}

/** The next key, `undefined` after the last. */
export function after(key: Uint8Array): Uint8Array | undefined {
  const next = key.slice()
  for (let i = 31; i >= 0; i--) {
    next[i] = (next[i]! + 1) & 255
    if (next[i] !== 0) return next
  }
  return undefined
}

export function fractionOf(key: Uint8Array): number {
  return ((key[0]! << 16) | (key[1]! << 8) | key[2]!) / 2 ** 24
}
