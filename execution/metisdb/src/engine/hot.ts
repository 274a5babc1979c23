import { randomBytes } from 'node:crypto'
import { instantiate } from '@metis-stack/kernel'
import type { Account } from '../interface.js'
import type { Version } from './version.js'

type Exports = {
  createHot(start: number, accountBits: number, slotBits: number): void
  setSeed(seed: bigint): void
  arenaBase(): number
  inputAt(): number
  keyAt(): number
  hotAccount(address: number): number
  hotAccounts(keys: number, count: number, out: number): void
  hotSlot(address: number, slot: number): number
  rememberAccount(address: number, fields: number): void
  rememberSlot(address: number, slot: number, value: number, length: number): void
  hotBatch(at: number, end: number): void
  clearAccounts(): void
  clearSlots(): void
}

const present = 2
const addressLength = 20

/**
 * Accounts and slots of one version, the head, in WebAssembly memory. It moves to a later version by applying the changes; a view
 * of another version does not use it.
 */
export class HotState {
  readonly #wasm: Exports
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #view: DataView
  readonly #keyAt: number
  readonly #inputAt: number
  readonly #emptyCodeHash: Uint8Array
  #version: Version | undefined

  /** Tables for 2^accountBits accounts and 2^slotBits slots, three quarters of which can be used. */
  constructor(options: { accountBits: number; slotBits: number; emptyCodeHash: Uint8Array }) {
    this.#emptyCodeHash = options.emptyCodeHash
    // Accounts have 128 bytes, slots 96.
    const pages =
      129 + 2 ** Math.max(0, options.accountBits - 9) + 1.5 * 2 ** Math.max(0, options.slotBits - 10)
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
    this.#wasm = instantiate<Exports>('fast/metisdb-front', { memory })
    this.#wasm.createHot(this.#wasm.arenaBase(), options.accountBits, options.slotBits)
    this.#wasm.setSeed(randomBytes(8).readBigUInt64LE())
    const { buffer } = memory
    this.#bytes = new Uint8Array(buffer)
    this.#words = new Uint32Array(buffer)
    this.#view = new DataView(buffer)
    this.#keyAt = this.#wasm.keyAt()
    this.#inputAt = this.#wasm.inputAt()
  }

  holds(version: Version): boolean {
    return this.#version === version
  }

  /** Takes this version as the head if there is none yet. */
  adopt(version: Version): void {
    this.#version ??= version
  }

  /** Moves the head to `version`: by its changes if it descends from the head, else by beginning anew. */
  advance(version: Version): void {
    const path: Version[] = []
    let ancestor: Version | undefined = version
    while (ancestor && ancestor !== this.#version && ancestor.batches.length > 0) {
      path.push(ancestor)
      ancestor = ancestor.parent
    }
    if (ancestor === this.#version && ancestor) {
      for (const step of path.reverse()) {
        if (step.clearsStorage) this.#wasm.clearSlots()
        for (const batch of step.batches) {
          this.#bytes.set(batch, this.#inputAt)
          this.#wasm.hotBatch(this.#inputAt, this.#inputAt + batch.length)
        }
      }
    } else {
      this.#wasm.clearAccounts()
      this.#wasm.clearSlots()
    }
    this.#version = version
  }

  /**
   * Where the account's entry is in `bytes` (layout: the kernel's `metisdb/hot.ts`), 0 when the table does not know. For
   * readers that want bytes and no objects.
   */
  entry(address: Uint8Array): number {
    this.#bytes.set(address, this.#keyAt)
    return this.#wasm.hotAccount(this.#keyAt) >>> 0
  }

  /** Looks up to 50,000 addresses up without leaving WebAssembly; returns how many the table knows. */
  entries(addresses: Uint8Array): number {
    const count = addresses.length / addressLength
    this.#bytes.set(addresses, this.#inputAt)
    const out = (this.#inputAt + addresses.length + 3) & ~3
    this.#wasm.hotAccounts(this.#inputAt, count, out)
    const found = this.#words.subarray(out >>> 2, (out >>> 2) + count)
    return found.reduce((known, entry) => known + (entry === 0 ? 0 : 1), 0)
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** `null` when the table does not know. */
  account(address: Uint8Array): Account | undefined | null {
    const entry = this.entry(address)
    if (entry === 0) return null
    const word = entry >>> 2
    const words = this.#words
    if (words[word + 1] !== present) return undefined
    const view = this.#view
    let balance = view.getBigUint64(entry + 64)
    if ((words[word + 14]! | words[word + 15]!) !== 0) balance |= view.getBigUint64(entry + 56) << 64n
    if ((words[word + 12]! | words[word + 13]!) !== 0) balance |= view.getBigUint64(entry + 48) << 128n
    if ((words[word + 10]! | words[word + 11]!) !== 0) balance |= view.getBigUint64(entry + 40) << 192n
    return { nonce: view.getBigUint64(entry + 32, true), balance, codeHash: this.#codeHash(entry + 72) }
  }

  remember(address: Uint8Array, account: Account | undefined): void {
    this.#bytes.set(address, this.#keyAt)
    if (!account) {
      this.#wasm.rememberAccount(this.#keyAt, 0)
      return
    }
    const at = this.#inputAt
    this.#view.setBigUint64(at, account.nonce, true)
    for (let i = 0; i < 4; i++) {
      this.#view.setBigUint64(at + 8 + 8 * i, BigInt.asUintN(64, account.balance >> BigInt(192 - 64 * i)))
    }
    this.#bytes.set(account.codeHash, at + 40)
    this.#wasm.rememberAccount(this.#keyAt, at)
  }

  /** `null` when the table does not know, `undefined` for zero. */
  slot(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined | null {
    this.#setSlotKey(address, slot)
    const entry = this.#wasm.hotSlot(this.#keyAt, this.#keyAt + addressLength) >>> 0
    if (entry === 0) return null
    return this.#words[(entry >>> 2) + 1] === present ? this.#bytes.slice(entry + 60, entry + 92) : undefined
  }

  rememberSlot(address: Uint8Array, slot: Uint8Array, value: Uint8Array | undefined): void {
    this.#setSlotKey(address, slot)
    if (value) this.#bytes.set(value, this.#inputAt)
    this.#wasm.rememberSlot(this.#keyAt, this.#keyAt + addressLength, this.#inputAt, value ? 32 : 0)
  }

  #setSlotKey(address: Uint8Array, slot: Uint8Array): void {
    this.#bytes.set(address, this.#keyAt)
    this.#bytes.set(slot, this.#keyAt + addressLength)
  }

  #codeHash(at: number): Uint8Array {
    for (let i = 0; i < 32; i++) {
      if (this.#bytes[at + i] !== this.#emptyCodeHash[i]) return this.#bytes.slice(at, at + 32)
    }
    return this.#emptyCodeHash
  }
}
