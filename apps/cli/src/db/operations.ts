import { existsSync, readdirSync } from 'node:fs'
import { cp, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { lockFolder } from '@metis-stack/chain-sdk'
import {
  backupState,
  exportState,
  importState,
  type MetisDb,
  openMetisDb,
  type Progress,
  pruneState,
  repairState,
  StateError,
  statState,
  verifyState,
} from '@metis-stack/metisdb'
import type { NodeClient } from './node.js'

export type Target = {
  /** Data folder of the node. */
  dataDir: string
  /** The node, if it runs. */
  node: NodeClient | undefined
  onProgress: Progress
}

type Result = Record<string, unknown>

export async function stat({ dataDir, node }: Target): Promise<Result> {
  if (node) return (await node.call('metis_dbStat', [])) as Result
  return withState(dataDir, async (state) => {
    const { keepBlocks: _, ...told } = statState(state)
    return told
  })
}

export async function verify({ dataDir, node, onProgress }: Target): Promise<Result> {
  if (node) return (await node.run('metis_dbVerify', [], onProgress)) as Result
  return withState(dataDir, (state) => verifyState(state, onProgress))
}

export async function prune(
  { dataDir, node, onProgress }: Target,
  wanted: { keepBlocks?: number; keepHistory?: number },
): Promise<Result> {
  if (node) return (await node.run('metis_dbPrune', [wanted], onProgress)) as Result
  return withState(dataDir, (state) => pruneState(state, wanted))
}

export async function backup({ dataDir, node, onProgress }: Target, to: string): Promise<Result> {
  const folder = resolve(to)
  if (node) return (await node.run('metis_dbBackup', [folder], onProgress)) as Result
  return withState(dataDir, async (state) => {
    if (existsSync(folder) && readdirSync(folder).length > 0)
      throw new StateError('notAStateFolder', `${folder} is not empty: a backup goes into a new folder.`)
    await mkdir(folder, { recursive: true })
    await cp(join(dataDir, 'chain'), join(folder, 'chain'), {
      recursive: true,
      errorOnExist: true,
      force: false,
    })
    return { folder, ...(await backupState(state, { to: join(folder, 'state'), onProgress })) }
  })
}

export async function exportTo(
  { dataDir, node, onProgress }: Target,
  file: string,
  block: number | undefined,
): Promise<Result> {
  const path = resolve(file)
  if (node)
    return (await node.run(
      'metis_dbExport',
      [path, block === undefined ? 'latest' : `0x${block.toString(16)}`],
      onProgress,
    )) as Result
  if (block !== undefined)
    throw new StateError(
      'notFound',
      'Blocks are known to a running node only: without one the newest state is exported.',
    )
  return withState(dataDir, (state) => exportState(state, { path, onProgress }))
}

export async function importFrom(
  { dataDir, node, onProgress }: Target,
  file: string,
  chainId: bigint,
): Promise<Result> {
  refuseRunning(node)
  await mkdir(dataDir, { recursive: true })
  return importState({ file: resolve(file), path: join(dataDir, 'state'), chainId, onProgress })
}

export async function repair(
  { dataDir, node, onProgress }: Target,
  options: { acceptLoss: boolean; setAside: boolean },
): Promise<Result> {
  refuseRunning(node)
  const { actions, root } = await repairState({ path: join(dataDir, 'state'), ...options, onProgress })
  return { actions: actions.length > 0 ? actions : ['nothing was wrong'], root }
}

function refuseRunning(node: NodeClient | undefined): void {
  if (node) throw new StateError('locked', 'The node runs on this state; stop it first.')
}

/** Opens a state that no node has open, with all the states that there are. */
async function withState<T>(dataDir: string, action: (state: MetisDb) => Promise<T>): Promise<T> {
  const path = join(dataDir, 'state')
  if (!existsSync(path) || readdirSync(path).length === 0)
    throw new StateError('notAStateFolder', `There is no state in ${path}.`)
  const release = lockFolder(join(dataDir, 'lock'))
  try {
    await using state = await openMetisDb({ path, keepBlocks: Number.MAX_SAFE_INTEGER })
    return await action(state)
  } finally {
    release()
  }
}
