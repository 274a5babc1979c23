import { bytesToHex, emptyCodeHash, equalBytes } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import type { Account, AccountProof, Overlay, View } from '../interface.js'
import { keyOf } from '../key.js'
import type { NodeAt } from './arena.js'
import type { Engine } from './engine.js'
import { VersionOverlay } from './overlay.js'
import type { Pins } from './pins.js'
import type { Version } from './version.js'

/** One version. As long as the view can be reached, the version stays. */
export class VersionView implements View {
  readonly #engine: Engine
  readonly #pins: Pins
  readonly #version: Version
  /** Where nodes are that a walk from the root has come by. */
  #nodes: Map<string, NodeAt> | undefined

  constructor(engine: Engine, pins: Pins, version: Version) {
    this.#engine = engine
    this.#pins = pins
    this.#version = version
    pins.hold(this, version)
  }

  get root(): Uint8Array {
    return this.#version.root
  }

  account(address: Uint8Array): Account | undefined {
    return this.#engine.account(this.#version, address)
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    return this.#engine.storage(this.#version, address, slot)
  }

  code(codeHash: Uint8Array): Uint8Array {
    this.#engine.assertOpen()
    if (equalBytes(codeHash, emptyCodeHash)) return new Uint8Array()
    const code = this.#engine.code(this.#version, codeHash, keyOf(codeHash))
    if (code) return code
    throw new StateError('missingCode', `Code ${bytesToHex(codeHash)} is not kept.`)
  }

  hasStorage(address: Uint8Array): boolean {
    this.#engine.assertOpen()
    const { arena } = this.#engine
    return arena.storageOf(arena.findAccount(this.#version.ref, address)) !== 0
  }

  proof(address: Uint8Array, slots: Uint8Array[]): AccountProof {
    this.#engine.assertOpen()
    const { arena } = this.#engine
    const { ref } = this.#version
    const leaf = arena.findAccount(ref, address)
    const storage = arena.storageOf(leaf)
    return {
      account: leaf === 0 ? undefined : arena.readAccount(leaf),
      storageRoot: arena.storageRootOf(leaf),
      accountProof: arena.prove(ref, address),
      storageProof: slots.map((slot) => ({
        slot,
        value: arena.readSlot(storage, slot) ?? new Uint8Array(32),
        proof: arena.prove(storage, slot),
      })),
    }
  }

  /** Fast for hashes that the caller has from nodes it was given; others take a search of the whole trie. */
  preimage(hash: Uint8Array): Uint8Array | undefined {
    this.#engine.assertOpen()
    const key = keyOf(hash)
    const { ref, key: rootKey } = this.#version
    this.#nodes ??= new Map(ref === 0 ? [] : [[rootKey, { ref, depth: 0 }]])
    const known = this.#nodes.get(key)
    if (known) return this.#open(known)
    const code = this.#engine.code(this.#version, hash, key)
    if (code) return code
    const found = this.#search(key)
    return found && this.#open(found)
  }

  overlay(): Overlay {
    return new VersionOverlay(this.#engine, this.#pins, this.#version)
  }

  #open(node: NodeAt): Uint8Array {
    for (const { hash, at } of this.#engine.arena.below(node)) this.#nodes!.set(keyOf(hash), at)
    return this.#engine.arena.encoded(node)
  }

  #search(key: string): NodeAt | undefined {
    const pending: NodeAt[] = this.#version.ref === 0 ? [] : [{ ref: this.#version.ref, depth: 0 }]
    for (let node = pending.pop(); node; node = pending.pop()) {
      for (const { hash, at } of this.#engine.arena.below(node)) {
        if (keyOf(hash) === key) return at
        pending.push(at)
      }
    }
    return undefined
  }
}
