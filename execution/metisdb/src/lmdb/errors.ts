import { statfs } from 'node:fs/promises'
import { StateError } from '../errors.js'

/** What a failed system call or LMDB call means to whoever runs the node. */
export function stateErrorOf(error: unknown, folder: string): StateError {
  if (error instanceof StateError) return error
  const { code, message } = error as { code?: string | number; message?: string }
  const text = `${code ?? ''} ${message ?? error}`
  if (/ENOSPC|EDQUOT|EFBIG|No space left|quota exceeded|File too large|MDB_MAP_FULL/i.test(text)) {
    return new StateError('noSpace', `No space left on the disk of the state folder ${folder}.`, {
      cause: error,
    })
  }
  if (/EACCES|EPERM|EROFS|Permission denied|Read-only/i.test(text)) {
    return new StateError('noPermission', `No permission to write in the state folder ${folder}.`, {
      cause: error,
    })
  }
  if (/MDB_INVALID|MDB_CORRUPTED|MDB_PAGE_NOTFOUND|MDB_VERSION_MISMATCH|not an LMDB file/i.test(text)) {
    return new StateError('damaged', `The database in the state folder ${folder} is damaged.`, {
      cause: error,
    })
  }
  return new StateError('io', `The state folder ${folder} cannot be used: ${message ?? error}`, {
    cause: error,
  })
}

/** What a failed commit means: on a full disk LMDB reports a short write as EIO. */
export async function commitErrorOf(error: unknown, folder: string): Promise<StateError> {
  if ((error as { code?: unknown }).code === 5 && (await isFull(folder))) {
    return new StateError('noSpace', `No space left on the disk of the state folder ${folder}.`, {
      cause: error,
    })
  }
  return stateErrorOf(error, folder)
}

/** LMDB writes some pages at a time; less room than this is none. */
async function isFull(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize < 1024 * 1024
}
