import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { MetisDb } from '../engine/state.js'
import type { Version } from '../engine/version.js'
import { StateError } from '../errors.js'
import { stateErrorOf } from '../lmdb/errors.js'
import { StateOperationError } from './errors.js'
import { hold } from './hold.js'
import type { Progress } from './progress.js'
import { frameKinds, type SnapshotCounts, SnapshotWriter } from './snapshotFile.js'
import { partsOf } from './source.js'

export type ExportOptions = {
  /** The file; it is there when it is whole. */
  path: string
  /** Of a kept or archived state; the newest when absent. */
  root?: Uint8Array
  onProgress?: Progress
}

export type ExportedSnapshot = SnapshotCounts & { root: Uint8Array; bytes: number }

/**
 * Writes one state to a snapshot file, sorted and with checksums, while blocks are written: the state is held meanwhile.
 *
 * @throws {StateOperationError} `targetNotEmpty`
 * @throws {StateError} `notFound`, `missingCode`, `noSpace`, `noPermission`, `io`, `damaged`
 */
export async function exportState(db: MetisDb, options: ExportOptions): Promise<ExportedSnapshot> {
  const root = options.root ?? db.roots().at(-1)
  if (!root) throw new StateError('notFound', 'There is no state yet.')
  if (existsSync(options.path))
    throw new StateOperationError('targetNotEmpty', `${options.path} is there already.`)
  const held = hold(db, root)
  const temporary = `${options.path}.tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      const written = await write(db, held.version, new SnapshotWriter(file), options.onProgress)
      await file.close()
      await rename(temporary, options.path)
      const folder = await open(dirname(options.path), 'r')
      await folder.sync().finally(() => folder.close())
      return { ...written, root }
    } catch (error) {
      await file.close().catch(() => {})
      await rm(temporary, { force: true })
      throw error
    }
  } catch (error) {
    throw stateErrorOf(error, dirname(options.path))
  } finally {
    held.release()
  }
}

async function write(
  db: MetisDb,
  version: Version,
  writer: SnapshotWriter,
  onProgress: Progress = () => {},
): Promise<SnapshotCounts & { bytes: number }> {
  const counts = { accounts: 0, slots: 0, codes: 0 }
  await writer.begin({ chainId: db.chainId, root: version.root })
  for (const part of partsOf(db.engine.arena, version)) {
    const codes = part.codes.flatMap((hash) => {
      const code = db.engine.codes.get(hash)
      if (!code) throw new StateError('missingCode', 'A code of this state is missing.')
      const length = new Uint8Array(4)
      new DataView(length.buffer).setUint32(0, code.length, true)
      return [length, code]
    })
    if (codes.length > 0) await writer.frame(frameKinds.codes, Buffer.concat(codes))
    for (const batch of part.batches) await writer.frame(frameKinds.accounts, batch)
    counts.accounts += part.accounts
    counts.slots += part.slots
    counts.codes += part.codes.length
    onProgress(part.done, `${counts.accounts.toLocaleString('en')} accounts`)
    await setImmediate()
  }
  await writer.end()
  return { ...counts, bytes: writer.bytes }
}
