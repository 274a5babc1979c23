import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { CodedError } from '@metis-stack/kernel'
import { identityOf } from './processIdentity.js'

/** Another live process uses the folder. */
export class FolderLockedError extends CodedError<'folderLocked'> {
  override readonly name = 'FolderLockedError'

  constructor(
    readonly file: string,
    readonly pid: number,
  ) {
    super('folderLocked', `${dirname(file)} is in use by process ${pid}`)
  }
}

/**
 * Takes `file` as a lock for this process. The lock of a process that is gone is taken over, also when its id has been
 * given to another process since.
 *
 * @throws {FolderLockedError}
 * @returns releases it
 */
export function lockFolder(file: string): () => void {
  mkdirSync(dirname(file), { recursive: true })
  const own = JSON.stringify({ pid: process.pid, identity: identityOf(process.pid) })
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, own, { flag: 'wx' })
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 3) throw error
      const holder = readHolder(file)
      if (holder && identityOf(holder.pid) === holder.identity && holder.identity !== undefined)
        throw new FolderLockedError(file, holder.pid)
      rmSync(file, { force: true })
    }
  }
  return () => {
    if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true })
  }
}

function readHolder(file: string): { pid: number; identity: string | undefined } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { pid: number; identity: string | undefined }
  } catch {
    return undefined
  }
}
