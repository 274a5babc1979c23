import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Paths of all files below `root` that end in `suffix`, relative to it, sorted. */
export async function filesBelow(root: string, suffix: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}

/** A fixture file. Its shape is the suite's promise; whoever reads a field that is not there gets a failed case. */
export async function readJson<T>(root: string, path: string): Promise<T> {
  return JSON.parse(await readFile(join(root, path), 'utf8')) as T
}
