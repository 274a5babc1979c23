import { bytesToHex, emptyCodeHash, equalBytes, keccak256 } from '@metis-stack/kernel'
import type { Engine } from '../engine/engine.js'
import type { Version } from '../engine/version.js'
import { StateError } from '../errors.js'
import type { Account, AccountProof, Overlay, Touched, View, Witness } from '../interface.js'
import type { History } from './history.js'
import { accountHasStorage, decodeAccount, decodeSlot } from './value.js'

/** What answers for the states of a history. */
export type Archived = {
  readonly engine: Engine
  readonly history: History
  /** What has what never changed since. @throws {StateError} `notFound` */
  readonly live: Version
  /** The state as a trie. @throws {StateError} `outOfMemory`, `damaged` */
  rebuilt(step: number): { view: View; overlay(): Overlay }
}

/** A state of the history. Reads take what the first change since replaced; what needs a trie has it rebuilt. */
export class ArchivedView implements View {
  readonly root: Uint8Array
  readonly #archive: Archived
  readonly #step: number
  /** Room for the key of a slot, and the account whose hash is in it. */
  readonly #key = new Uint8Array(new ArrayBuffer(64))
  readonly #accountKey = this.#key.subarray(0, 32)
  readonly #address = new Uint8Array(20)
  #hasAddress = false

  constructor(archive: Archived, step: number, root: Uint8Array) {
    this.root = root.slice()
    this.#archive = archive
    this.#step = step
  }

  account(address: Uint8Array): Account | undefined {
    const { engine, history, live } = this.#archive
    engine.assertOpen()
    const value = history.value(this.#keyOf(address), this.#step)
    if (value) return decodeAccount(value, emptyCodeHash)
    const { front } = engine.arena
    return front.hashedAccount(front.place(live), this.#accountKey)
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    const { engine, history, live } = this.#archive
    engine.assertOpen()
    this.#keyOf(address)
    this.#key.set(keccak256(slot), 32)
    const value = history.value(this.#key, this.#step)
    if (value) return decodeSlot(value)
    const { front } = engine.arena
    return front.storage(front.place(live), address, slot)
  }

  code(codeHash: Uint8Array): Uint8Array {
    const { engine } = this.#archive
    engine.assertOpen()
    if (equalBytes(codeHash, emptyCodeHash)) return new Uint8Array()
    const code = engine.codes.get(codeHash)
    if (code) return code
    throw new StateError('missingCode', `Code ${bytesToHex(codeHash)} is not kept.`)
  }

  hasStorage(address: Uint8Array): boolean {
    const { engine, history, live } = this.#archive
    engine.assertOpen()
    const value = history.value(this.#keyOf(address), this.#step)
    if (value) return accountHasStorage(value)
    const { front } = engine.arena
    return front.hasStorage(front.place(live), address)
  }

  proof(address: Uint8Array, slots: Uint8Array[]): AccountProof {
    return this.#archive.rebuilt(this.#step).view.proof(address, slots)
  }

  witness(touched: Touched): Witness {
    return this.#archive.rebuilt(this.#step).view.witness(touched)
  }

  preimage(hash: Uint8Array): Uint8Array | undefined {
    return this.#archive.rebuilt(this.#step).view.preimage(hash)
  }

  overlay(): Overlay {
    return this.#archive.rebuilt(this.#step).overlay()
  }

  #keyOf(address: Uint8Array): Uint8Array {
    if (!this.#hasAddress || !equalBytes(this.#address, address)) {
      const { front } = this.#archive.engine.arena
      const at = front.hashedAddress(address)
      for (let i = 0; i < 32; i++) this.#accountKey[i] = front.bytes[at + i]!
      for (let i = 0; i < 20; i++) this.#address[i] = address[i]!
      this.#hasAddress = true
    }
    return this.#accountKey
  }
}
