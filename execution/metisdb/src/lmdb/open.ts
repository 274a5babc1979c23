import { accessSync, constants, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { StateError } from '../errors.js'
import type { State } from '../interface.js'
import { type StateOptions, TrieState } from '../state.js'
import { commitErrorOf } from './errors.js'
import { checkHeader } from './header.js'
import { lockFolder } from './lock.js'
import { commitThenFlush, flush, LmdbStore } from './store.js'

/** Number of the format of what is in a folder: the tables and their encodings. */
const formatVersion = 1

export type OpenStateOptions = StateOptions & {
  /** Folder of the state; made when absent. */
  path: string
  /** Recorded in a new folder; a folder of another chain is refused. */
  chainId?: bigint
}

/**
 * Opens the state in a folder, for this process alone.
 *
 * @throws {StateError} `locked`, `wrongVersion`, `wrongChain`, `notAStateFolder`, `damaged`, `noPermission`, `noSpace`, `io`
 */
export async function openState(options: OpenStateOptions): Promise<State> {
  const folder = resolve(options.path)
  let release: (() => void) | undefined
  let environment: RootDatabase | undefined
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    release = lockFolder(folder)
    const file = join(folder, 'state.mdb')
    checkHeader(file)
    environment = open({ path: file, noSubdir: true, maxDbs: 8 })
    await checkMeta(environment, folder, options.chainId)
    return new TrieState(new LmdbStore(environment, folder, release), options)
  } catch (error) {
    await environment?.close()
    release?.()
    throw await commitErrorOf(error, folder)
  }
}

async function checkMeta(
  environment: RootDatabase,
  folder: string,
  chainId: bigint | undefined,
): Promise<void> {
  const table = environment.openDB<string, string>({ name: 'meta', encoding: 'string' })
  const found = table.get('format')
  if (found === undefined) {
    if ([...environment.getKeys()].some((name) => name !== 'meta')) {
      throw new StateError('notAStateFolder', `The database in ${folder} is not a Metis state.`)
    }
    environment.transactionSync(() => {
      table.putSync('format', String(formatVersion))
      if (chainId !== undefined) table.putSync('chainId', String(chainId))
    }, commitThenFlush)
    await flush(environment)
    return
  }
  if (found !== String(formatVersion)) {
    throw new StateError(
      'wrongVersion',
      `The state in ${folder} has format ${found}; this program reads format ${formatVersion}.`,
    )
  }
  const chain = table.get('chainId')
  if (chainId !== undefined && chain !== undefined && chain !== String(chainId)) {
    throw new StateError('wrongChain', `The state in ${folder} belongs to chain ${chain}, not ${chainId}.`)
  }
}
