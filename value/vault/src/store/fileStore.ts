import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cidDigest } from '../cid.js'
import type { BlockStore } from './blockStore.js'

/**
 * Blocks as files `<directory>/<last two letters>/<cid>`. A block is written and synced under another name first, so it is never
 * there in part.
 */
export function createFileStore(directory: string): BlockStore {
  const pathOf = (cid: string): string => {
    // Parsing keeps anything but an identifier, such as a path, out of the file system.
    cidDigest(cid)
    return join(directory, cid.slice(-2), cid)
  }
  return {
    async put(cid, block) {
      const path = pathOf(cid)
      await mkdir(dirname(path), { recursive: true })
      const temporary = `${path}.${randomUUID()}`
      try {
        const file = await open(temporary, 'wx')
        try {
          await file.writeFile(block)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },
    async get(cid) {
      try {
        return new Uint8Array(await readFile(pathOf(cid)))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
  }
}
