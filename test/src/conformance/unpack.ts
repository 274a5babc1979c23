import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { parseTar } from 'nanotar'
import xz from 'xz-decompress'

const run = promisify(execFile)

/** Unpacked archives that nobody used for this long are removed. */
const keptMilliseconds = 3 * 24 * 3600 * 1000

export type UnpackOptions = {
  /** Folder that keeps unpacked archives, one folder each. */
  cache?: string
  /** Use the npm packages even where the system has tar and xz. */
  portable?: boolean
}

/**
 * Unpacks a .tar.xz archive into a cache keyed by the archive's hash and returns the folder. An archive that is already
 * there is not unpacked again; a process that dies half-way leaves nothing that looks complete.
 */
export async function unpack(archive: string, options: UnpackOptions = {}): Promise<string> {
  const cache = options.cache ?? join(tmpdir(), 'metis-conformance')
  await prune(cache)
  const target = join(cache, await hashOf(archive))
  const now = new Date()
  const present = await utimes(target, now, now).then(
    () => true,
    () => false,
  )
  if (present) return target
  const partial = `${target}.${process.pid}`
  await mkdir(partial, { recursive: true })
  try {
    if (options.portable || !(await unpackWithSystem(archive, partial)))
      await unpackPortably(archive, partial)
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    // Another process may have finished the same archive first.
    if (!(await stat(target).catch(() => undefined))) throw error
  }
  return target
}

async function hashOf(archive: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(archive), hash)
  return hash.digest('hex').slice(0, 32)
}

async function prune(cache: string): Promise<void> {
  for (const name of await readdir(cache).catch(() => [])) {
    const path = join(cache, name)
    const used = await stat(path).catch(() => undefined)
    if (used && Date.now() - used.mtimeMs > keptMilliseconds) await rm(path, { recursive: true, force: true })
  }
}

async function unpackWithSystem(archive: string, folder: string): Promise<boolean> {
  const available = await Promise.all([run('tar', ['--version']), run('xz', ['--version'])]).then(
    () => true,
    () => false,
  )
  if (available) await run('tar', ['-xJf', archive, '-C', folder, '--no-same-owner'])
  return available
}

async function unpackPortably(archive: string, folder: string): Promise<void> {
  const compressed = Readable.toWeb(createReadStream(archive)) as ReadableStream<Uint8Array<ArrayBuffer>>
  const bytes = await new Response(new xz.XzReadableStream(compressed)).arrayBuffer()
  for (const entry of parseTar(bytes)) {
    const path = resolve(folder, entry.name)
    if (path !== folder && !path.startsWith(folder + sep))
      throw new Error(`${archive}: ${entry.name} leaves the folder`)
    if (entry.type === 'directory') await mkdir(path, { recursive: true })
    else if (entry.data !== undefined) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, entry.data)
    }
  }
}
