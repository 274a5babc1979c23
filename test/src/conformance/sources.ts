import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { unpack } from './unpack.js'

/** The archives and folders that hold one suite; their cases add up. */
export type SuiteSources = { suite: string; archives: string[]; folders: string[] }

const archivePattern = /^(?<suite>[^.]+)(\..+)?\.tar\.xz$/
const folderPattern = /^(?<suite>[^.]+)(\..+)?$/

/** Suites in `dir`, by name; `undefined` when there is no such folder or nothing in it. */
export async function findSuites(dir: string): Promise<SuiteSources[] | undefined> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => undefined)
  const found = new Map<string, SuiteSources>()
  for (const entry of entries ?? []) {
    const path = join(dir, entry.name)
    const isFolder = (await stat(path)).isDirectory()
    const suite = (isFolder ? folderPattern : archivePattern).exec(entry.name)?.groups?.suite
    if (suite === undefined) continue
    const sources = found.get(suite) ?? { suite, archives: [], folders: [] }
    ;(isFolder ? sources.folders : sources.archives).push(path)
    found.set(suite, sources)
  }
  return found.size === 0 ? undefined : [...found.values()].sort((a, b) => a.suite.localeCompare(b.suite))
}

/** Folders with the suite's files, archives unpacked to the cache. */
export async function openSuite(sources: SuiteSources): Promise<string[]> {
  const roots = [...sources.folders]
  for (const archive of sources.archives) roots.push(await unpack(archive))
  return roots
}
