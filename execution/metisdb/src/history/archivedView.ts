import { bytesToHex, emptyCodeHash, equalBytes, keccak256 } from '@metis-stack/kernel'
import type { VersionView } from '../engine/view.js'
import { StateError } from '../errors.js'
import type { Account, AccountProof, Overlay, View } from '../interface.js'
import { keyOf } from '../key.js'
import type { StateArchive } from './archive.js'
import { accountHasStorage, decodeAccount, decodeSlot } from './value.js'

/** A state of the history. Reads take what the first change since replaced; what needs a trie has it rebuilt. */
export class ArchivedView implements View {
  readonly root: Uint8Array
  readonly #archive: StateArchive
  readonly #step: number
  /** Room for the key of a slot, and the account whose hash is in it. */
  readonly #key = new Uint8Array(64)
  #address: Uint8Array | undefined

  constructor(archive: StateArchive, step: number, root: Uint8Array) {
    this.root = root.slice()
    this.#archive = archive
    this.#step = step
  }

  account(address: Uint8Array): Account | undefined {
    const { engine, history, live } = this.#archive
    engine.assertOpen()
    const value = history.value(this.#accountKey(address), this.#step)
    if (value) return decodeAccount(value, emptyCodeHash)
    const leaf = engine.arena.findAccount(live, address)
    return leaf === 0 ? undefined : engine.arena.readAccount(leaf)
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    const { engine, history, live } = this.#archive
    this.#accountKey(address)
    this.#key.set(keccak256(slot), 32)
    const value = history.value(this.#key, this.#step)
    if (value) return decodeSlot(value)
    const { arena } = engine
    return arena.readSlot(arena.storageOf(arena.findAccount(live, address)), slot)
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
    const value = history.value(this.#accountKey(address), this.#step)
    if (value) return accountHasStorage(value)
    return engine.arena.storageOf(engine.arena.findAccount(live, address)) !== 0
  }

  proof(address: Uint8Array, slots: Uint8Array[]): AccountProof {
    return this.#rebuilt().proof(address, slots)
  }

  preimage(hash: Uint8Array): Uint8Array | undefined {
    return this.#rebuilt().preimage(hash)
  }

  overlay(): Overlay {
    return this.#rebuilt().overlay()
  }

  #rebuilt(): VersionView {
    return this.#archive.rebuilt(this.#step)
  }

  #accountKey(address: Uint8Array): Uint8Array {
    if (!this.#address || keyOf(this.#address) !== keyOf(address)) {
      this.#address = address.slice()
      this.#key.set(keccak256(address))
    }
    return this.#key.subarray(0, 32)
  }
}
