import type { Codes } from './codes.js'
import type { FlatCache } from './flat.js'
import type { Store } from './store.js'
import type { Tries } from './tries.js'

/** What all views and overlays of one state share. */
export type StateContext = {
  store: Store
  tries: Tries
  flat: FlatCache
  codes: Codes
  /** @throws {StateError} `closed` after `close`. */
  assertOpen(): void
}
