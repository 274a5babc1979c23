import { bigIntToBytes } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import type { Account } from '../interface.js'

type Slot = readonly [slot: Uint8Array, value: Uint8Array]

/** All changes of one account, merged. */
export type AccountUpdate = {
  address: Uint8Array
  account: Account | null
  /** Earlier storage goes first. */
  cleared: boolean
  /** `undefined` for none: most accounts have none, and an empty map costs more than the rest of them. */
  slots: Map<string, Slot> | undefined
}

/** The kernel takes batches of at most 2 MiB; an account without slots needs at most 98 bytes. */
const maximumBatch = 1 << 20
const slotsPerEntry = 8192
const bytesPerSlot = 65
const bytesPerAccount = 128

const exists = 1
const clearedFlag = 2
const hasCode = 4

/**
 * Encodes updates as batches, the form in which the kernel applies them and the log keeps them (see the kernel's
 * `metisdb/batch.ts`).
 */
export function encodeBatches(updates: Iterable<AccountUpdate>, emptyCodeHash: Uint8Array): Uint8Array[] {
  const batches: Uint8Array[] = []
  let buffer = new Uint8Array(4096)
  let length = 0
  const reserve = (size: number): void => {
    if (length > 0 && length + size > maximumBatch) {
      batches.push(buffer.slice(0, length))
      length = 0
    }
    if (length + size > buffer.length) {
      const larger = new Uint8Array(Math.max(length + size, Math.min(2 * buffer.length, maximumBatch)))
      larger.set(buffer.subarray(0, length))
      buffer = larger
    }
  }
  for (const update of updates) {
    if (!update.slots) {
      reserve(bytesPerAccount)
      length = writeEntry(buffer, length, update, update.cleared, [], emptyCodeHash)
      continue
    }
    const slots = [...update.slots.values()]
    let cleared = update.cleared
    let next = 0
    do {
      const part = slots.slice(next, next + slotsPerEntry)
      reserve(bytesPerAccount + part.length * bytesPerSlot)
      length = writeEntry(buffer, length, update, cleared, part, emptyCodeHash)
      cleared = false
      next += slotsPerEntry
    } while (next < slots.length)
  }
  if (length > 0) batches.push(buffer.slice(0, length))
  return batches
}

function writeEntry(
  out: Uint8Array,
  at: number,
  { address, account }: AccountUpdate,
  cleared: boolean,
  slots: readonly Slot[],
  emptyCodeHash: Uint8Array,
): number {
  out.set(address, at)
  if (!account) {
    out[at + 20] = 0
    return at + 21
  }
  const coded = !same(account.codeHash, emptyCodeHash)
  out[at + 20] = exists | (cleared ? clearedFlag : 0) | (coded ? hasCode : 0)
  if (account.nonce < 0n || account.nonce >= 1n << 64n) {
    throw new StateError('damaged', `Nonce ${account.nonce} does not fit in 64 bits.`)
  }
  writeNonce(out, at + 21, account.nonce)
  const balance = account.balance === 0n ? new Uint8Array() : bigIntToBytes(account.balance)
  out[at + 29] = balance.length
  out.set(balance, at + 30)
  at += 30 + balance.length
  if (coded) {
    out.set(account.codeHash, at)
    at += 32
  }
  for (let shift = 0; shift < 32; shift += 8) out[at++] = slots.length >>> shift
  for (const [slot, value] of slots) {
    out.set(slot, at)
    let zeros = 0
    while (zeros < 32 && value[zeros] === 0) zeros++
    out[at + 32] = 32 - zeros
    out.set(zeros === 0 ? value : value.subarray(zeros), at + 33)
    at += 65 - zeros
  }
  return at
}

function writeNonce(out: Uint8Array, at: number, nonce: bigint): void {
  let low = Number(nonce & 0xffff_ffffn)
  let high = nonce > 0xffff_ffffn ? Number(nonce >> 32n) : 0
  for (let i = 0; i < 4; i++) {
    out[at + i] = low
    out[at + 4 + i] = high
    low >>>= 8
    high >>>= 8
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  for (let i = 0; i < 32; i++) if (a[i] !== b[i]) return false
  return true
}
