import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { FolderLockedError, lockFolder } from '@metis-stack/chain-sdk'
import { DevnetError } from './errors.js'
import { readJson, writeJson } from './files.js'

/** Written first into a state folder: what we may delete is ours. */
const marker = 'metis.json'
const formatVersion = 1

/** Where a stack keeps what. */
export type StateLayout = {
  root: string
  /** Snapshot of L1, see `L1Snapshots`. */
  l1Snapshot: string
  l1Log: string
  l1Pid: string
  /** L1 addresses and origin; exists once the deployment is durable. */
  deployment: string
  stackInfo: string
  addresses: string
  andromeda: string
  hyperion: string
}

export const layoutOf = (root: string): StateLayout => ({
  root,
  l1Snapshot: join(root, 'l1', 'state.json.gz'),
  l1Log: join(root, 'l1', 'anvil.log'),
  l1Pid: join(root, 'l1', 'anvil.pid'),
  deployment: join(root, 'deployment.json'),
  stackInfo: join(root, 'stack.json'),
  addresses: join(root, 'addresses.json'),
  andromeda: join(root, 'andromeda'),
  hyperion: join(root, 'hyperion'),
})

/**
 * Takes the state folder for this process, creating it if need be.
 *
 * @param fresh whatever stack is there will be cleared, so it may be of any version
 * @returns its layout, and what gives the folder free again
 * @throws {DevnetError} `stateDir` when it cannot be written, `notAStack` when it holds something else, `alreadyRunning`,
 * `otherVersion`
 */
export function openStateDir(root: string, fresh: boolean): { layout: StateLayout; release: () => void } {
  try {
    makeFolder(root)
    accessSync(root, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const reason =
      code === 'EACCES' || code === 'EROFS' ? 'no permission to write there' : (code ?? String(cause))
    throw new DevnetError('stateDir', `cannot keep state in ${root}: ${reason}; --state-dir moves it`, {
      cause,
    })
  }
  const markerFile = join(root, marker)
  const version = readJson<{ version: number }>(markerFile)?.version
  if (version === undefined && readdirSync(root).length > 0)
    throw new DevnetError(
      'notAStack',
      `${root} is not empty and holds no Metis stack; choose another --state-dir`,
    )
  if (version !== undefined && version !== formatVersion && !fresh)
    throw new DevnetError(
      'otherVersion',
      `${root} was written by another version of the stack; --fresh starts over`,
    )
  writeJson(markerFile, { version: formatVersion })
  const release = lock(root)
  const layout = layoutOf(root)
  mkdirSync(join(root, 'l1'), { recursive: true })
  return { layout, release }
}

/** Parents first. (Node's own recursive mkdir never returns where the file system answers ENOENT, as in /proc.) */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}

function lock(root: string): () => void {
  try {
    return lockFolder(join(root, 'lock'))
  } catch (cause) {
    if (!(cause instanceof FolderLockedError)) throw cause
    throw new DevnetError('alreadyRunning', `a stack already runs on ${root} (process ${cause.pid})`, {
      cause,
    })
  }
}

/** Forgets everything in a state folder that we hold the lock of. */
export function clearStateDir(layout: StateLayout): void {
  for (const name of readdirSync(layout.root))
    if (name !== marker && name !== 'lock') rmSync(join(layout.root, name), { recursive: true, force: true })
  mkdirSync(join(layout.root, 'l1'), { recursive: true })
}

/** Whether a stack was completely set up here. */
export const hasDeployment = (layout: StateLayout): boolean =>
  existsSync(layout.deployment) && existsSync(layout.l1Snapshot)
