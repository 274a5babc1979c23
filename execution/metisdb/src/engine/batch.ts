import { StateError } from '../errors.js'
import type { AccountChange } from '../interface.js'

/** The kernel takes batches of at most 2 MiB. */
const maximumBatch = 1 << 20
const slotsPerEntry = 8192
const bytesPerSlot = 65
/** More than an account without slots needs. */
const bytesPerAccount = 128

const exists = 1
const cleared = 2
const hasCode = 4

const noSlots: AccountChange['storage'] = []

/**
 * Encodes changes as batches, the form in which the kernel applies them and the log keeps them (see the kernel's
 * `metisdb/batch.ts`). Changes of one account apply in the order in which they are added.
 */
export class BatchWriter {
  readonly #emptyCodeHash: Uint8Array
  readonly #batches: Uint8Array[] = []
  #bytes = new Uint8Array()
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  constructor(emptyCodeHash: Uint8Array) {
    this.#emptyCodeHash = emptyCodeHash
  }

  get isEmpty(): boolean {
    return this.#length === 0 && this.#batches.length === 0
  }

  /** @throws {StateError} `damaged` for a nonce or balance that no account can have. */
  add({ address, account, storageCleared, storage }: AccountChange): void {
    if (!account) {
      this.#reserve(bytesPerAccount)
      this.#bytes.set(address, this.#length)
      this.#bytes[this.#length + 20] = 0
      this.#length += 21
      return
    }
    let clears = storageCleared
    for (let next = 0; next === 0 || next < storage.length; next += slotsPerEntry) {
      const slots = storage.length === 0 ? noSlots : storage.slice(next, next + slotsPerEntry)
      this.#reserve(bytesPerAccount + slots.length * bytesPerSlot)
      this.#write(address, account, clears, slots)
      clears = false
    }
  }

  /** What was added, which is then forgotten. */
  take(): Uint8Array[] {
    this.#end()
    return this.#batches.splice(0)
  }

  #end(): void {
    if (this.#length === 0) return
    this.#batches.push(this.#bytes.subarray(0, this.#length))
    this.#bytes = new Uint8Array()
    this.#length = 0
  }

  #reserve(size: number): void {
    if (this.#length > 0 && this.#length + size > maximumBatch) this.#end()
    if (this.#length + size <= this.#bytes.length) return
    const larger = new Uint8Array(
      Math.max(this.#length + size, Math.min(4 * this.#bytes.length, maximumBatch), 4096),
    )
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }

  #write(
    address: Uint8Array,
    { nonce, balance, codeHash }: NonNullable<AccountChange['account']>,
    clears: boolean,
    slots: AccountChange['storage'],
  ): void {
    const bytes = this.#bytes
    let at = this.#length
    const coded = !this.#isEmptyCode(codeHash)
    for (let i = 0; i < 20; i++) bytes[at + i] = address[i]!
    bytes[at + 20] = exists | (clears ? cleared : 0) | (coded ? hasCode : 0)
    if (BigInt.asUintN(64, nonce) !== nonce) {
      throw new StateError('damaged', `Nonce ${nonce} does not fit in 64 bits.`)
    }
    this.#view.setBigUint64(at + 21, nonce, true)
    at = this.#writeBalance(at + 29, balance)
    if (coded) {
      bytes.set(codeHash, at)
      at += 32
    }
    this.#view.setUint32(at, slots.length, true)
    at += 4
    for (const [slot, value] of slots) {
      bytes.set(slot, at)
      let zeros = 0
      while (zeros < 32 && value[zeros] === 0) zeros++
      bytes[at + 32] = 32 - zeros
      at += 33
      for (let i = zeros; i < 32; i++) bytes[at++] = value[i]!
    }
    this.#length = at
  }

  /** Its length, then its bytes without leading zeros. */
  #writeBalance(at: number, balance: bigint): number {
    const bytes = this.#bytes
    const view = this.#view
    // 64 bits a step, from the end of the longest possible on; then to the front.
    let start = at + 33
    if (BigInt.asUintN(64, balance) === balance) {
      start -= 8
      view.setBigUint64(start, balance)
    } else if (BigInt.asUintN(256, balance) === balance) {
      for (let rest = balance; rest !== 0n; rest >>= 64n) {
        start -= 8
        view.setBigUint64(start, rest)
      }
    } else throw new StateError('damaged', `Balance ${balance} does not fit in 256 bits.`)
    while (start < at + 33 && bytes[start] === 0) start++
    const length = at + 33 - start
    bytes[at] = length
    for (let i = 0; i < length; i++) bytes[at + 1 + i] = bytes[start + i]!
    return at + 1 + length
  }

  #isEmptyCode(codeHash: Uint8Array): boolean {
    const empty = this.#emptyCodeHash
    if (codeHash === empty) return true
    for (let i = 0; i < 32; i++) if (codeHash[i] !== empty[i]) return false
    return true
  }
}
