import type { MetisDb } from '../engine/state.js'
import { diskBytes } from './statState.js'

export type PruneOptions = {
  /** States to keep as tries from now on, the newest ones; as before when absent. */
  keepBlocks?: number
  /** Archived states to keep before these; all when absent. */
  keepHistory?: number
}

export type Pruned = {
  /** States that are not kept as tries any more, and archived states that are gone. */
  states: number
  archived: number
  /** Bytes of the disk that became free. */
  bytes: number
}

/**
 * Lets old states go, while blocks are written. On an archive a state that is not kept as a trie any more goes to the history, of which
 * the oldest part goes when it is longer than it may be.
 *
 * @throws {StateError} `noSpace`, `io`
 */
export async function pruneState(db: MetisDb, { keepBlocks, keepHistory }: PruneOptions): Promise<Pruned> {
  const before = { kept: db.roots().length, bytes: bytesOf(db) }
  if (keepBlocks !== undefined) {
    db.keepBlocks = keepBlocks
    db.engine.versions.prune()
  }
  let archived = 0
  const history = db.archive?.history
  if (history && keepHistory !== undefined) {
    await history.flush()
    archived = await history.prune(history.to - keepHistory)
  }
  await db.checkpoint()
  return {
    states: before.kept - db.roots().length,
    archived,
    bytes: Math.max(0, before.bytes - bytesOf(db)),
  }
}

function bytesOf(db: MetisDb): number {
  return Object.values(diskBytes(db.folder)).reduce((sum, bytes) => sum + bytes, 0)
}
