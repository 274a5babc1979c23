import { accessSync, constants, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { stateErrorOf } from '../lmdb/errors.js'
import { lockFolder } from '../lmdb/lock.js'
import { diskFiles } from './files.js'
import { MetisDb, type MetisDbOptions } from './state.js'

export type OpenMetisDbOptions = MetisDbOptions & {
  /** Folder of the state; made when absent. */
  path: string
}

/**
 * Opens the state in a folder, for this process alone, with everything that was acknowledged. What recovery did is in `report`.
 *
 * @throws {StateError} `locked`, `wrongVersion`, `wrongChain`, `damaged`, `outOfMemory`, `noPermission`, `noSpace`, `io`
 */
export async function openMetisDb(options: OpenMetisDbOptions): Promise<MetisDb> {
  const folder = resolve(options.path)
  let release: (() => void) | undefined
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    release = lockFolder(folder)
    return await MetisDb.open(await diskFiles(folder), folder, options, release)
  } catch (error) {
    release?.()
    throw stateErrorOf(error, folder)
  }
}
