import { StateError } from '../errors.js'

/** What a failed system call or LMDB call means to whoever runs the node. */
export function stateErrorOf(error: unknown, folder: string): StateError {
  if (error instanceof StateError) return error
  const { code, message } = error as { code?: string | number; message?: string }
  const text = `${code ?? ''} ${message ?? error}`
  if (/ENOSPC|No space left|MDB_MAP_FULL|\b28\b/.test(text)) {
    return new StateError('noSpace', `No space left on the disk of the state folder ${folder}.`, error)
  }
  if (/EACCES|EPERM|EROFS|Permission denied|Read-only/i.test(text)) {
    return new StateError('noPermission', `No permission to write in the state folder ${folder}.`, error)
  }
  if (/MDB_INVALID|MDB_CORRUPTED|MDB_PAGE_NOTFOUND|MDB_VERSION_MISMATCH|not an LMDB file/i.test(text)) {
    return new StateError('damaged', `The database in the state folder ${folder} is damaged.`, error)
  }
  return new StateError('io', `The state folder ${folder} cannot be used: ${message ?? error}`, error)
}
