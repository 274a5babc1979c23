import { bigIntToBytes, emptyCodeHash, equalBytes } from '@metis-stack/kernel'
import type { Account } from '../interface.js'
import type { SlotLeaf } from './leaves.js'

const exists = 1
const hasCode = 4
/** The kernel takes batches of at most 2 MiB. */
const maximumBatch = 1 << 20
/** Slots of one entry; an account with more has several entries. */
export const slotsPerEntry = 8192

/**
 * Changes whose accounts and slots are named by their hashes: as in the kernel's `metisdb/batch.ts`, but with the 32 bytes of the hashed
 * address in place of the address and hashed slots in place of slots. A slot without a value is removed.
 */
export class HashedBatches {
  #parts: Uint8Array[] = []
  #length = 0
  readonly #full: Uint8Array[] = []

  /** Adds an account; `null`: it and its storage are gone. */
  add(key: Uint8Array, account: Account | null, slots: readonly SlotLeaf[]): void {
    if (!account) {
      this.#push([key, Uint8Array.of(0)])
      return
    }
    for (let from = 0; from === 0 || from < slots.length; from += slotsPerEntry) {
      const part = slots.slice(from, from + slotsPerEntry)
      this.#push([key, head(account, part.length), ...part.flatMap(encodeSlot)])
    }
  }

  /** Batches that are full; with `all` the last one too. */
  take(all: boolean): Uint8Array[] {
    if (all) this.#finish()
    return this.#full.splice(0)
  }

  #push(parts: Uint8Array[]): void {
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    if (this.#length + length > maximumBatch) this.#finish()
    for (const part of parts) this.#parts.push(part)
    this.#length += length
  }

  #finish(): void {
    if (this.#length > 0) this.#full.push(Buffer.concat(this.#parts))
    this.#parts = []
    this.#length = 0
  }
}

function head({ nonce, balance, codeHash }: Account, slots: number): Uint8Array {
  const coded = !equalBytes(codeHash, emptyCodeHash)
  const amount = balance === 0n ? new Uint8Array() : bigIntToBytes(balance)
  const bytes = new Uint8Array(14 + amount.length + (coded ? 32 : 0))
  const view = new DataView(bytes.buffer)
  bytes[0] = exists | (coded ? hasCode : 0)
  view.setBigUint64(1, nonce, true)
  bytes[9] = amount.length
  bytes.set(amount, 10)
  if (coded) bytes.set(codeHash, 10 + amount.length)
  view.setUint32(bytes.length - 4, slots, true)
  return bytes
}

function encodeSlot({ key, value }: SlotLeaf): Uint8Array[] {
  return [key, Uint8Array.of(value.length), value]
}

/** Whether bytes from elsewhere are a batch that the kernel can take. */
export function isWholeBatch(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || bytes.length > 2 * maximumBatch) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  while (at < bytes.length) {
    if (at + 33 > bytes.length) return false
    const flags = bytes[at + 32]!
    if (flags === 0) {
      at += 33
      continue
    }
    if ((flags & ~hasCode) !== exists || at + 42 > bytes.length || bytes[at + 41]! > 32) return false
    at += 42 + bytes[at + 41]! + (flags & hasCode ? 32 : 0)
    if (at + 4 > bytes.length) return false
    const slots = view.getUint32(at, true)
    at += 4
    for (let i = 0; i < slots; i++) {
      if (at + 33 > bytes.length || bytes[at + 32]! > 32) return false
      at += 33 + bytes[at + 32]!
    }
  }
  return at === bytes.length
}
