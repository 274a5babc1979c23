import type { MetisDb } from '../engine/state.js'
import type { Version } from '../engine/version.js'
import { StateNotFoundError } from '../errors.js'

/**
 * Keeps a state, kept or archived, until `release`.
 *
 * @throws {StateNotFoundError}
 */
export function hold(db: MetisDb, root: Uint8Array): { version: Version; release(): void } {
  const { versions } = db.engine
  const version = versions.find(root) ?? db.archive?.version(root)
  if (!version) throw new StateNotFoundError(root)
  version.pins++
  return { version, release: () => versions.unpin(version) }
}
