import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces a file so that after a crash at any instant it is the old one or the new one, whole. Resolved = durable. */
export async function writeDurably(file: string, data: Uint8Array): Promise<void> {
  const handle = await open(`${file}.new`, 'w')
  try {
    await handle.writeFile(data)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
  const folder = await open(dirname(file), 'r')
  await folder.sync().finally(() => folder.close())
}

const toJson = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { $bigint: value.toString() } : value

const fromJson = (_key: string, value: unknown): unknown => {
  const digits = (value as { $bigint?: unknown } | null)?.$bigint
  return typeof digits === 'string' ? BigInt(digits) : value
}

/** As {@link writeDurably}; bigints survive. */
export function writeJson(file: string, value: unknown): void {
  const descriptor = openSync(`${file}.new`, 'w')
  try {
    writeSync(descriptor, `${JSON.stringify(value, toJson, 2)}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(`${file}.new`, file)
}

/** `undefined` when there is no such file. @throws {SyntaxError} when it holds something else than JSON */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'), fromJson) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
