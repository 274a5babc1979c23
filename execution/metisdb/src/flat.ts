import { equalBytes } from '@metis-stack/kernel'
import type { StoredAccount } from './account.js'

/** What an overlay changed of an account; the storage root is the one after the change. */
export type FlatChange = {
  account: StoredAccount | undefined
  cleared: boolean
  slots: Map<string, Uint8Array>
}

/** By address. */
export type FlatChanges = Map<string, FlatChange>

/**
 * Accounts and slots of the head state without their tries, for the reads of block execution. It holds one root at a time and
 * moves with the head by taking the changes; a view of another root does not use it.
 */
export class FlatCache {
  readonly #maximumEntries: number
  readonly #accounts = new Map<string, StoredAccount | undefined>()
  readonly #slots = new Map<string, Map<string, Uint8Array | undefined>>()
  #slotCount = 0
  #root: Uint8Array | undefined

  constructor(maximumEntries: number) {
    this.#maximumEntries = maximumEntries
  }

  holds(root: Uint8Array): boolean {
    return this.#root !== undefined && (this.#root === root || equalBytes(this.#root, root))
  }

  /** Takes this root as the head if there is none yet. */
  adopt(root: Uint8Array): void {
    this.#root ??= root
  }

  /** Moves the head from `from` to `to`. */
  advance(from: Uint8Array, to: Uint8Array, changes: FlatChanges): void {
    if (this.holds(from)) {
      for (const [address, change] of changes) {
        this.setAccount(address, change.account)
        if (change.cleared) this.#forgetSlots(address)
        for (const [slot, value] of change.slots) this.setSlot(address, slot, value)
      }
    } else {
      this.#clear()
    }
    this.#root = to
  }

  /** `null` when the cache does not know. */
  account(address: string): StoredAccount | undefined | null {
    const found = this.#accounts.get(address)
    return found === undefined && !this.#accounts.has(address) ? null : found
  }

  setAccount(address: string, account: StoredAccount | undefined): void {
    if (this.#accounts.size >= this.#maximumEntries) this.#accounts.clear()
    this.#accounts.set(address, account)
  }

  /** `null` when the cache does not know, `undefined` for zero. */
  slot(address: string, slot: string): Uint8Array | undefined | null {
    const slots = this.#slots.get(address)
    const found = slots?.get(slot)
    return found === undefined && !slots?.has(slot) ? null : found
  }

  setSlot(address: string, slot: string, value: Uint8Array | undefined): void {
    if (this.#slotCount >= this.#maximumEntries) {
      this.#slots.clear()
      this.#slotCount = 0
    }
    let slots = this.#slots.get(address)
    if (!slots) {
      slots = new Map()
      this.#slots.set(address, slots)
    }
    const before = slots.size
    slots.set(slot, value?.some((byte) => byte !== 0) ? value : undefined)
    this.#slotCount += slots.size - before
  }

  #forgetSlots(address: string): void {
    this.#slotCount -= this.#slots.get(address)?.size ?? 0
    this.#slots.delete(address)
  }

  #clear(): void {
    this.#accounts.clear()
    this.#slots.clear()
    this.#slotCount = 0
  }
}
