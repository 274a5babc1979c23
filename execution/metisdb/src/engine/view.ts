import { bytesToHex, emptyCodeHash, equalBytes } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import type { Account, AccountProof, NativeState, Overlay, Touched, View, Witness } from '../interface.js'
import { keyOf } from '../key.js'
import type { Engine } from './engine.js'
import { VersionOverlay } from './overlay.js'
import type { Pins } from './pins.js'
import { proofOf } from './proof.js'
import type { NodeAt } from './trie.js'
import type { Version } from './version.js'
import { witnessNodes } from './witness.js'

/** One version. As long as the view can be reached, the version stays. */
export class VersionView implements View {
  readonly #engine: Engine
  readonly #pins: Pins
  readonly #version: Version
  #native: NativeState | undefined
  /** Where nodes are that a walk from the root has come by. */
  readonly #nodes = new Map<string, NodeAt>()

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
    this.#engine.assertOpen()
    return this.#engine.arena.front.account(this.#place(), address)
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    this.#engine.assertOpen()
    return this.#engine.arena.front.storage(this.#place(), address, slot)
  }

  code(codeHash: Uint8Array): Uint8Array {
    this.#engine.assertOpen()
    if (equalBytes(codeHash, emptyCodeHash)) return new Uint8Array()
    const code = this.#engine.code(this.#version, codeHash)
    if (code) return code
    throw new StateError('missingCode', `Code ${bytesToHex(codeHash)} is not kept.`)
  }

  hasStorage(address: Uint8Array): boolean {
    this.#engine.assertOpen()
    return this.#engine.arena.front.hasStorage(this.#place(), address)
  }

  get native(): NativeState | undefined {
    this.#engine.assertOpen()
    this.#native ??= this.#engine.arena.front.native(this.#version)
    return this.#native
  }

  proof(address: Uint8Array, slots: Uint8Array[]): AccountProof {
    this.#engine.assertOpen()
    return proofOf(this.#engine.arena, this.#version, this.#place(), address, slots)
  }

  witness(touched: Touched): Witness {
    this.#engine.assertOpen()
    return {
      nodes: witnessNodes(this.#engine.arena, this.#version, touched),
      codes: touched.codes.map((hash) => this.code(hash)),
    }
  }

  preimage(hash: Uint8Array): Uint8Array | undefined {
    this.#engine.assertOpen()
    const key = keyOf(hash)
    if (key === this.#version.key) {
      const top = this.#engine.arena.top(this.#version)
      for (const { hash: below, at } of top?.below ?? []) this.#nodes.set(keyOf(below), at)
      return top?.node
    }
    const known = this.#nodes.get(key)
    if (known) return this.#open(known)
    return this.#engine.code(this.#version, hash)
  }

  overlay(): Overlay {
    const viewOf = (version: Version) => new VersionView(this.#engine, this.#pins, version)
    return new VersionOverlay(this.#engine, this.#pins, this.#version, viewOf)
  }

  /** Where the front has the state. */
  #place(): number {
    this.#native ??= this.#engine.arena.front.native(this.#version)
    return this.#native ? this.#native.state : this.#engine.arena.front.place(this.#version)
  }

  #open(node: NodeAt): Uint8Array {
    for (const { hash, at } of this.#engine.arena.below(node)) this.#nodes.set(keyOf(hash), at)
    return this.#engine.arena.encoded(node)
  }
}
