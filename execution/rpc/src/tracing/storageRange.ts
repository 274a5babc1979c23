import { emptyTrieRoot, equalBytes, keccak256, rlp } from '@metis-stack/kernel'
import type { View } from '@metis-stack/metisdb'
import { hexOfPath, leaves, nibblesOf } from './trieLeaves.js'

export type StorageSlots = {
  /** Hashed slot → value; `slots` in the order of their hashes. */
  slots: { hash: string; value: Uint8Array }[]
  /** Hash of the first slot that is not among them. */
  next: string | undefined
}

/**
 * Slots of an account in the order of their hashes.
 *
 * @param start hash, or the first bytes of one, to begin at
 */
export function storageRange(view: View, address: Uint8Array, start: Uint8Array, max: number): StorageSlots {
  const { storageRoot, accountProof } = view.proof(address, [])
  const slots: StorageSlots['slots'] = []
  if (equalBytes(storageRoot, emptyTrieRoot)) return { slots, next: undefined }
  // A view finds nodes quickly below those that it was asked for before.
  for (const node of accountProof) view.preimage(keccak256(node))
  for (const [path, content] of leaves(view, storageRoot, [], nibblesOf(start))) {
    const value = rlp.decode(content) as Uint8Array
    const hash = hexOfPath(path)
    if (slots.length === max) return { slots, next: hash }
    slots.push({ hash, value })
  }
  return { slots, next: undefined }
}
