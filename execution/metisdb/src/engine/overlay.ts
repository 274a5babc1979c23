import { keccak256 } from '@metis-stack/kernel'
import type { Overlay, StateChanges, View } from '../interface.js'
import { keyOf } from '../key.js'
import type { AccountUpdate } from './batch.js'
import type { Engine } from './engine.js'
import type { Pin, Pins } from './pins.js'
import type { Version } from './version.js'
import { VersionView } from './view.js'

/** Collects changes; asking for the root makes a version of them. */
export class VersionOverlay implements Overlay {
  readonly #engine: Engine
  readonly #pins: Pins
  readonly #pin: Pin
  readonly #updates = new Map<string, AccountUpdate>()
  #codes = new Map<string, Uint8Array>()

  constructor(engine: Engine, pins: Pins, base: Version) {
    this.#engine = engine
    this.#pins = pins
    this.#pin = pins.hold(this, base)
  }

  apply(changes: StateChanges): void {
    for (const { address, account, code, storageCleared, storage } of changes) {
      const key = keyOf(address)
      let update = this.#updates.get(key)
      if (!update) {
        update = { address: address.slice(), account, cleared: false, slots: undefined }
        this.#updates.set(key, update)
      }
      update.account = account
      if (storageCleared || !account) {
        update.cleared = true
        update.slots = undefined
      }
      if (account && storage.length > 0) {
        update.slots ??= new Map()
        for (const [slot, value] of storage) update.slots.set(keyOf(slot), [slot.slice(), value.slice()])
      }
      if (code && code.length > 0) this.#codes.set(keyOf(keccak256(code)), code)
    }
  }

  root(): Uint8Array {
    return this.#sealed().root
  }

  view(): View {
    return new VersionView(this.#engine, this.#pins, this.#sealed())
  }

  async commit(): Promise<Uint8Array> {
    const version = this.#sealed()
    await this.#engine.commit(version)
    return version.root
  }

  #sealed(): Version {
    this.#engine.assertOpen()
    if (this.#updates.size > 0) {
      this.#pins.move(
        this.#pin,
        this.#engine.derive(this.#pin.version, [...this.#updates.values()], this.#codes),
      )
      this.#updates.clear()
      this.#codes = new Map()
    }
    return this.#pin.version
  }
}
