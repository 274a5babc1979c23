import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { MetisDb } from '../engine/state.js'

export type StateStat = {
  folder: string
  /** `undefined` when none was named. */
  chainId: bigint | undefined
  /** The newest state. */
  root: Uint8Array | undefined
  /** States that are there as tries, and how many may be. */
  kept: number
  keepBlocks: number
  /** States before them that can be read, and the bytes they take; `undefined` when only the kept ones are. */
  archived: { states: number; bytes: number; segments: number } | undefined
  memory: { arenaBytes: number; unusedBytes: number; dirtyBytes: number }
  /** Bytes on the disk by kind of file. */
  disk: Record<string, number>
  /** What opening the folder found. */
  recovery: MetisDb['report']
}

/** What is in a state and what it takes. */
export function statState(db: MetisDb): StateStat {
  const { arenaBytes, unusedBytes, dirtyBytes, keptBlocks } = db.stats()
  const history = db.archive?.history.stats()
  const anyChain = 2n ** 64n - 1n
  return {
    folder: db.folder,
    chainId: db.chainId === anyChain ? undefined : db.chainId,
    root: db.roots().at(-1),
    kept: keptBlocks,
    keepBlocks: db.keepBlocks,
    archived: history && { states: history.states, bytes: history.bytes, segments: history.segments },
    memory: { arenaBytes, unusedBytes, dirtyBytes },
    disk: diskBytes(db.folder),
    recovery: db.report,
  }
}

/** Bytes of files by the part of their name before the first dot. */
export function diskBytes(folder: string): Record<string, number> {
  const bytes: Record<string, number> = {}
  for (const name of readdirSync(folder)) {
    const kind = name.split('.')[0]!
    bytes[kind] = (bytes[kind] ?? 0) + statSync(join(folder, name)).size
  }
  return bytes
}
