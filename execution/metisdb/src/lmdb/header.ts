import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { StateError } from '../errors.js'

const magic = 0xbeefc0de
const magicAt = 24
const pageSizeAt = 48

/**
 * Refuses a file that does not begin as LMDB's two meta pages do: the native library would end the process on it. An empty
 * file is what a crash right after its creation leaves; LMDB begins anew.
 *
 * @throws {StateError} `damaged`
 */
export function checkHeader(file: string): void {
  if (!existsSync(file) || statSync(file).size === 0) return
  const descriptor = openSync(file, 'r')
  try {
    const pageSize = readWord(descriptor, pageSizeAt)
    const plausible = pageSize >= 256 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0
    const good =
      plausible &&
      readWord(descriptor, magicAt) === magic &&
      readWord(descriptor, pageSize + magicAt) === magic
    if (!good) throw new StateError('damaged', `${file} is damaged or not a database.`)
  } finally {
    closeSync(descriptor)
  }
}

/** Zero beyond the end of the file. */
function readWord(descriptor: number, at: number): number {
  const word = Buffer.alloc(4)
  readSync(descriptor, word, 0, 4, at)
  return word.readUInt32LE()
}
