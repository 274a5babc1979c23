import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type MetisDb, statState } from '@metis-stack/metisdb'

/** One point of all curves. Sizes in bytes. */
export type Sample = {
  seconds: number
  blocks: number
  reads: number
  /** Memory of the process that no file backs, and pages of mapped files. */
  anonymous: number
  mapped: number
  heap: number
  /** What a collection leaves of the heap. Not in every sample: collecting all the time would hide how a node lives. */
  live?: number
  /** Nodes of all kept states, those and free blocks, and pages that changed since the last checkpoint. */
  nodes: number
  arenas: number
  dirty: number
  /** How many nodes wait to become free. */
  waiting: number
  /** States in memory, kept ones and those that somebody holds. */
  versions: number
  archived: number
  log: number
  images: number
  history: number
}

export function takeSample(db: MetisDb, at: { seconds: number; blocks: number; reads: number }): Sample {
  const { arenaBytes, unusedBytes, dirtyBytes } = db.stats()
  const { disk, archived } = statState(db)
  return {
    ...at,
    anonymous: resident('RssAnon') || process.memoryUsage.rss(),
    mapped: resident('RssFile') + resident('RssShmem'),
    heap: process.memoryUsage().heapUsed,
    nodes: arenaBytes - unusedBytes,
    arenas: arenaBytes,
    dirty: dirtyBytes,
    waiting: db.engine.versions.garbage.count,
    versions: db.engine.versions.all().length,
    archived: archived?.states ?? 0,
    log: disk.wal ?? 0,
    images: (disk.image ?? 0) + (disk.base ?? 0) + (disk.patch ?? 0),
    history: disk.hist ?? 0,
  }
}

/** The heap in bytes once everything that nobody reaches is collected. */
export function liveHeap(): number {
  collect()
  return process.memoryUsage().heapUsed
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** A line of /proc/self/status in bytes; 0 where there is none. */
function resident(name: string): number {
  try {
    const line = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))
    return Number(line?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
