import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StateError } from '../errors.js'

/** Who holds a folder. `started` tells a process from a later one with the same id (Linux; elsewhere absent). */
type Holder = { pid: number; started?: string; token: string }

/**
 * Takes the folder for this process; returns the release. A lock whose process is gone is taken over.
 *
 * @throws {StateError} `locked`
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, 'LOCK')
  const own: Holder = {
    pid: process.pid,
    started: startOf(process.pid),
    token: randomBytes(8).toString('hex'),
  }
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = read(file)
      if (holder && isAlive(holder)) throw locked(folder, holder.pid)
      discard(file, own.token)
      continue
    }
    // Another process that saw the same dead holder may have discarded our file instead of the dead one's.
    if (read(file)?.token === own.token) {
      return () => {
        if (read(file)?.token === own.token) rmSync(file, { force: true })
      }
    }
  }
  throw locked(folder, undefined)
}

function locked(folder: string, pid: number | undefined): StateError {
  const who = pid === undefined ? 'another process' : `process ${pid}`
  return new StateError('locked', `The state folder ${folder} is in use by ${who}.`)
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

/** By renaming first: of several processes that discard the same file, one does. */
function discard(file: string, token: string): void {
  const aside = `${file}.${token}`
  try {
    renameSync(file, aside)
    rmSync(aside, { force: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const now = startOf(pid)
  return started === undefined || now === undefined || started === now
}

/**
 * Start time in clock ticks since boot: field 22 of /proc/<pid>/stat, counted after the command in parentheses. A process
 * that has ended but was not waited for yet (state Z) holds nothing any more and counts as another one, once the last of its
 * threads has ended too: until then one may still be writing.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ended = fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length <= 1
    return ended ? 'ended' : fields[19]
  } catch {
    return undefined
  }
}
