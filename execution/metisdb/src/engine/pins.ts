import type { Version, Versions } from './version.js'

/** What an object uses; an overlay's moves on. */
export type Pin = { version: Version }

/** Keeps versions as long as a view or an overlay of them can be reached. */
export class Pins {
  readonly #versions: Versions
  readonly #registry: FinalizationRegistry<Pin>

  constructor(versions: Versions) {
    this.#versions = versions
    this.#registry = new FinalizationRegistry((pin) => versions.unpin(pin.version))
  }

  /** `holder` uses `version` from now on. */
  hold(holder: object, version: Version): Pin {
    version.pins++
    const pin = { version }
    this.#registry.register(holder, pin)
    return pin
  }

  move(pin: Pin, to: Version): void {
    const before = pin.version
    if (before === to) return
    to.pins++
    pin.version = to
    this.#versions.unpin(before)
  }
}
