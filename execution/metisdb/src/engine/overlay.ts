import { emptyCodeHash, keccak256 } from '@metis-stack/kernel'
import type { Overlay, StateChanges, View } from '../interface.js'
import { keyOf } from '../key.js'
import { BatchWriter } from './batch.js'
import type { Engine } from './engine.js'
import type { Pin, Pins } from './pins.js'
import type { Version } from './version.js'

/** Collects changes; asking for the root makes a version of them. */
export class VersionOverlay implements Overlay {
  readonly #engine: Engine
  readonly #pins: Pins
  readonly #pin: Pin
  readonly #viewOf: (version: Version) => View
  readonly #writer = new BatchWriter(emptyCodeHash)
  #codes = new Map<string, Uint8Array>()
  /** Accounts whose earlier storage goes, as far as it is not certain that some does. */
  #cleared: Uint8Array[] = []
  #hasSlots = false
  #clearsStorage = false

  constructor(engine: Engine, pins: Pins, base: Version, viewOf: (version: Version) => View) {
    this.#engine = engine
    this.#pins = pins
    this.#pin = pins.hold(this, base)
    this.#viewOf = viewOf
  }

  apply(changes: StateChanges): void {
    for (const change of changes) {
      const { code, storage } = change
      this.#writer.add(change)
      if (change.storageCleared || !change.account) {
        // Slots that this overlay itself has brought may go too.
        if (this.#hasSlots) this.#clearsStorage = true
        else this.#cleared.push(change.address.slice())
      }
      if (storage.length > 0) this.#hasSlots = true
      if (code && code.length > 0) this.#codes.set(keyOf(keccak256(code)), code)
    }
  }

  root(): Uint8Array {
    return this.#sealed().root
  }

  view(): View {
    return this.#viewOf(this.#sealed())
  }

  async commit(): Promise<Uint8Array> {
    const version = this.#sealed()
    await this.#engine.commit(version)
    return version.root
  }

  #sealed(): Version {
    this.#engine.assertOpen()
    if (!this.#writer.isEmpty) {
      const codes = this.#codes
      const clearsStorage = this.#clearsStorage || this.#cleared.some((address) => this.#hasStorage(address))
      this.#codes = new Map()
      this.#cleared = []
      this.#hasSlots = false
      this.#clearsStorage = false
      const version = this.#engine.derive(this.#pin.version, this.#writer.take(), { codes, clearsStorage })
      this.#pins.move(this.#pin, version)
    }
    return this.#pin.version
  }

  #hasStorage(address: Uint8Array): boolean {
    const { front } = this.#engine.arena
    return front.hasStorage(front.place(this.#pin.version), address)
  }
}
