import { existsSync, readdirSync } from 'node:fs'
import { constants, copyFile, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { MetisDb } from '../engine/state.js'
import { stateErrorOf } from '../lmdb/errors.js'
import { StateOperationError } from './errors.js'
import type { Progress } from './progress.js'

export type BackupOptions = {
  /** The folder to make: absent or empty. */
  to: string
  onProgress?: Progress
}

export type Backup = { files: number; bytes: number }

/**
 * Copies the state to a folder that another node can open, while blocks are written. What is in it is at least what was durable when
 * it began. The folder is there when it is whole.
 *
 * @throws {StateOperationError} `targetNotEmpty`
 * @throws {StateError} `noSpace`, `noPermission`, `io`
 */
export async function backupState(
  db: MetisDb,
  { to, onProgress = () => {} }: BackupOptions,
): Promise<Backup> {
  const target = resolve(to)
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new StateOperationError(
      'targetNotEmpty',
      `${target} is not empty: a backup goes into a new folder.`,
    )
  const temporary = `${target}.backup`
  try {
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary, { recursive: true })
    const release = await db.holdCheckpoints()
    try {
      const copy = () => copyAll(resolve(db.folder), temporary, onProgress)
      const backup = await (db.archive ? db.archive.history.held(copy) : copy())
      if (existsSync(target)) await rmdir(target)
      await rename(temporary, target)
      const folder = await open(dirname(target), 'r')
      await folder.sync().finally(() => folder.close())
      return backup
    } finally {
      release()
    }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {})
    throw error instanceof StateOperationError ? error : stateErrorOf(error, target)
  }
}

/**
 * What grows while it is copied only grows at its end, and an end that is not whole is cut off at opening. So the order matters: the
 * number of the last commit first, then logs, which have at least that one, then codes, which have all that the logs count on.
 */
async function copyAll(from: string, to: string, onProgress: Progress): Promise<Backup> {
  const names = (await readdir(from)).filter((name) => name !== 'LOCK' && !name.endsWith('.tmp'))
  const order = (name: string): number =>
    name === 'ack' ? 0 : name.startsWith('wal.') ? 1 : name === 'codes' ? 2 : 3
  names.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1))
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(from, name))).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let bytes = 0
  for (const [index, name] of names.entries()) {
    await copyFile(join(from, name), join(to, name), constants.COPYFILE_FICLONE)
    const file = await open(join(to, name), 'r')
    await file.sync().finally(() => file.close())
    bytes += sizes[index]!
    onProgress(bytes / Math.max(1, total), name)
  }
  const folder = await open(to, 'r')
  await folder.sync().finally(() => folder.close())
  return { files: names.length, bytes }
}
