import { existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { File, Files } from '../engine/files.js'
import { diskFiles, readAt } from '../engine/files.js'
import { walName } from '../engine/journal.js'
import { openMetisDb } from '../engine/open.js'
import { decodeWalHeader, recordAt, walHeaderLength } from '../engine/wal.js'
import { StateError } from '../errors.js'
import { BlockCache } from '../history/blockCache.js'
import { rangeOf, Segment, segmentName } from '../history/segment.js'
import { lockFolder } from '../lmdb/lock.js'
import { StateOperationError } from './errors.js'
import type { Progress } from './progress.js'
import { verifyState } from './verifyState.js'

export type RepairOptions = {
  path: string
  /** Drop to the newest state that is whole, and forget archived states that are not: nothing of this is done without it. */
  acceptLoss?: boolean
  /** Put the folder aside when it is beyond repair, so that the node begins anew and executes its blocks again. */
  setAside?: boolean
  onProgress?: Progress
}

export type Repair = {
  /** What was found and done, a line each; nothing when all was well. */
  actions: string[]
  /** The newest state there is now; `undefined` when there is none or the folder was put aside. */
  root: Uint8Array | undefined
}

/**
 * Makes a state folder that does not open, or not verify, good again as far as it holds what that takes: a commit that was under way,
 * and what a checkpoint or merge left over, go by themselves at every opening. A log that is damaged among commits that were durable
 * is cut there, and segments of the history that are damaged go together with those before them, if `acceptLoss` says so. Of
 * pages and codes that are damaged there is no second copy.
 *
 * @throws {StateOperationError} `needsConsent` with what would be lost, `beyondRepair`
 * @throws {StateError} `locked`, `wrongVersion`, `noPermission`, `noSpace`, `io`
 */
export async function repairState(options: RepairOptions): Promise<Repair> {
  const path = resolve(options.path)
  if (!existsSync(path)) throw new StateError('notAStateFolder', `${path} does not exist.`)
  const actions: string[] = []
  for (;;) {
    try {
      return { actions, root: await check(path, actions, options.onProgress) }
    } catch (error) {
      if (!(error instanceof StateError) || !['damaged', 'missingCode'].includes(error.code)) throw error
      const done = (await repairHistory(path, options)) ?? (await repairLog(path, options))
      if (done) actions.push(done)
      else return { actions: [...actions, await giveUp(path, error, options)], root: undefined }
    }
  }
}

/** Opens and verifies; every state that there is stays. */
async function check(
  path: string,
  actions: string[],
  onProgress?: Progress,
): Promise<Uint8Array | undefined> {
  await using db = await openMetisDb({ path, keepBlocks: Number.MAX_SAFE_INTEGER })
  const { tornBytes, removed } = db.report
  await verifyState(db, onProgress)
  if (tornBytes > 0) actions.push(`${tornBytes} bytes of a commit that was under way were cut off`)
  for (const name of removed) actions.push(`${name}, left over, was removed`)
  return db.roots().at(-1)
}

async function repairHistory(path: string, { acceptLoss }: RepairOptions): Promise<string | undefined> {
  return inFolder(path, async (files) => {
    const ranges = (await files.list()).flatMap((name) => rangeOf(name) ?? [])
    ranges.sort((a, b) => a.from - b.from)
    let good = 0
    for (const [index, range] of ranges.entries()) {
      const follows = index === 0 || ranges[index - 1]!.to === range.from
      if (!follows || !(await isWhole(files, segmentName(range)))) good = follows ? index + 1 : index
    }
    if (good === 0) return undefined
    const lost = ranges[good - 1]!.to - ranges[0]!.from
    if (!acceptLoss)
      throw consent(`${lost} archived states, up to the last one in a damaged file, would be forgotten`)
    for (const range of ranges.slice(0, good)) await files.remove(segmentName(range))
    await files.syncFolder()
    return `${lost} archived states are gone with damaged files of the history`
  })
}

async function isWhole(files: Files, name: string): Promise<boolean> {
  const file = await files.open(name)
  try {
    const segment = await Segment.open(file, name, new BlockCache(1))
    for await (const _ of segment.entries());
    return true
  } catch (error) {
    if (error instanceof StateError && error.code === 'damaged') return false
    throw error
  } finally {
    await file.close()
  }
}

/** Cuts the first log that has something unreadable before a commit that was durable. */
async function repairLog(path: string, { acceptLoss }: RepairOptions): Promise<string | undefined> {
  return inFolder(path, async (files) => {
    const generations = (await files.list())
      .flatMap((name) => /^wal\.(\d{8})$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
    for (const [index, generation] of generations.entries()) {
      const name = walName(generation)
      const file = await files.open(name)
      try {
        const end = await endOf(file, name)
        const size = await file.size()
        if (end === undefined || end === size) continue
        const later = generations.slice(index + 1).map(walName)
        const what = `${name} from byte ${end} of ${size} on${later.length > 0 ? `, ${later.join(', ')}` : ''}`
        if (!acceptLoss)
          throw consent(`the commits in ${what} would be forgotten; the newest state would be an older one`)
        for (const other of later.reverse()) await files.remove(other)
        await files.remove('ack')
        await file.truncate(end)
        await file.sync()
        await files.syncFolder()
        return `the commits in ${what} are gone: the newest state is an older one`
      } finally {
        await file.close()
      }
    }
    return undefined
  })
}

/** Where the last whole record ends; `undefined` when not even the header can be read. */
async function endOf(file: File, name: string): Promise<number | undefined> {
  const bytes = await readAt(file, 0, await file.size())
  const header = decodeWalHeader(bytes, name)
  if (!header) return undefined
  let end = walHeaderLength
  let sequence = header.firstSequence
  for (let found = recordAt(bytes, end); found?.record.sequence === sequence; found = recordAt(bytes, end)) {
    end = found.end
    sequence++
  }
  return end
}

async function giveUp(path: string, cause: StateError, { setAside }: RepairOptions): Promise<string> {
  if (!setAside) {
    throw new StateOperationError(
      'beyondRepair',
      `${cause.shortMessage} There is no second copy of it here: restore a backup, import a snapshot, or put the folder aside, and the node executes its blocks again.`,
      cause,
    )
  }
  const aside = `${path}.damaged-${Date.now()}`
  await rename(path, aside)
  return `${cause.shortMessage} The folder is now ${aside}; the node executes its blocks again when it starts`
}

function consent(what: string): StateOperationError {
  return new StateOperationError('needsConsent', `Repairing needs consent: ${what}.`)
}

async function inFolder<Result>(path: string, action: (files: Files) => Promise<Result>): Promise<Result> {
  const release = lockFolder(path)
  try {
    return await action(await diskFiles(path))
  } finally {
    release()
  }
}
