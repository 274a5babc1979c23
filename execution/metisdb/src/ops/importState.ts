import { existsSync, readdirSync } from 'node:fs'
import { mkdir, open, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { bytesToHex, equalBytes, keccak256 } from '@metis-stack/kernel'
import { openMetisDb } from '../engine/open.js'
import type { MetisDb } from '../engine/state.js'
import type { Version } from '../engine/version.js'
import { anyChain } from '../engine/wal.js'
import { keyOf } from '../key.js'
import { stateErrorOf } from '../lmdb/errors.js'
import { isWholeBatch } from '../walk/hashedBatch.js'
import { StateOperationError } from './errors.js'
import type { Progress } from './progress.js'
import { frameKinds, type SnapshotCounts, SnapshotReader } from './snapshotFile.js'
import { partsOf } from './source.js'

export type ImportOptions = {
  /** The snapshot. */
  file: string
  /** Folder of the new state: absent or empty. */
  path: string
  /** Refuses a snapshot of another chain. */
  chainId?: bigint
  /** The state root that the snapshot must have, from a source that you trust: a block header. */
  root?: Uint8Array
  onProgress?: Progress
}

export type ImportedSnapshot = SnapshotCounts & { root: Uint8Array }

/**
 * Makes a state folder of a snapshot. The folder is there when the state in it is whole, durable and has the root that the snapshot
 * names.
 *
 * @throws {StateOperationError} `targetNotEmpty`, `notASnapshot`, `wrongVersion`, `wrongChain`, `damagedSnapshot`, `wrongRoot`
 * @throws {StateError} `noSpace`, `noPermission`, `io`, `outOfMemory`
 */
export async function importState(options: ImportOptions): Promise<ImportedSnapshot> {
  const path = resolve(options.path)
  assertEmpty(path)
  const temporary = `${path}.importing`
  try {
    const file = await open(options.file, 'r')
    try {
      const reader = await SnapshotReader.open(file, options.file)
      const header = await reader.header()
      checkHeader(header, options)
      await rm(temporary, { recursive: true, force: true })
      await mkdir(temporary, { recursive: true })
      const chainId = header.chainId === anyChain ? options.chainId : header.chainId
      const db = await openMetisDb({
        path: temporary,
        keepBlocks: 1,
        ...(chainId !== undefined && { chainId }),
      })
      let counts: SnapshotCounts
      try {
        counts = await load(db, reader, header.root, options.onProgress)
        await db.checkpoint()
      } finally {
        await db.close()
      }
      if (existsSync(path)) await rmdir(path)
      await rename(temporary, path)
      const folder = await open(dirname(path), 'r')
      await folder.sync().finally(() => folder.close())
      return { ...counts, root: header.root }
    } finally {
      await file.close()
    }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {})
    throw error instanceof StateOperationError ? error : stateErrorOf(error, path)
  }
}

function assertEmpty(path: string): void {
  if (existsSync(path) && readdirSync(path).length > 0)
    throw new StateOperationError(
      'targetNotEmpty',
      `${path} is not empty: a snapshot goes into a new folder.`,
    )
}

function checkHeader({ chainId, root }: { chainId: bigint; root: Uint8Array }, wanted: ImportOptions): void {
  if (wanted.chainId !== undefined && chainId !== anyChain && chainId !== wanted.chainId) {
    throw new StateOperationError(
      'wrongChain',
      `The snapshot belongs to chain ${chainId}, not ${wanted.chainId}.`,
    )
  }
  if (wanted.root && !equalBytes(wanted.root, root)) {
    throw new StateOperationError(
      'wrongRoot',
      `The snapshot is of state ${bytesToHex(root)}, not ${bytesToHex(wanted.root)}.`,
    )
  }
}

async function load(
  db: MetisDb,
  reader: SnapshotReader,
  root: Uint8Array,
  onProgress: Progress = () => {},
): Promise<SnapshotCounts> {
  const { engine } = db
  let version = engine.versions.empty
  let codes = new Map<string, Uint8Array>()
  for (;;) {
    const { kind, payload } = await reader.frame()
    if (kind === frameKinds.end) break
    if (kind === frameKinds.codes) {
      for (const code of codesIn(payload)) codes.set(keyOf(keccak256(code)), code)
    } else if (kind === frameKinds.accounts && isWholeBatch(payload)) {
      const next = engine.deriveBatches(version, [payload], true)
      if (next !== version) {
        next.codes = codes
        codes = new Map()
        await engine.commit(next)
        version = next
      }
    } else
      throw new StateOperationError(
        'damagedSnapshot',
        'The snapshot has a part that is neither accounts nor codes.',
      )
    onProgress(reader.position / reader.size, `${(reader.position / 2 ** 20).toFixed(0)} MiB`)
  }
  if (!equalBytes(version.root, root))
    throw new StateOperationError(
      'wrongRoot',
      `The snapshot gives state ${bytesToHex(version.root)} instead of ${bytesToHex(root)}.`,
    )
  return complete(db, version, reader)
}

/** What is in the state, with all of its codes. @throws {StateOperationError} `damagedSnapshot` */
async function complete(db: MetisDb, version: Version, reader: SnapshotReader): Promise<SnapshotCounts> {
  const counts = { accounts: 0, slots: 0, codes: 0 }
  for (const part of partsOf(db.engine.arena, version)) {
    for (const hash of part.codes) {
      if (!db.engine.codes.has(keyOf(hash)))
        throw new StateOperationError('damagedSnapshot', `The snapshot lacks the code ${bytesToHex(hash)}.`)
    }
    counts.accounts += part.accounts
    counts.slots += part.slots
    counts.codes += part.codes.length
    await setImmediate()
  }
  if (reader.position !== reader.size)
    throw new StateOperationError('damagedSnapshot', 'The snapshot goes on after its end.')
  return counts
}

function* codesIn(payload: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(payload.buffer, payload.byteOffset)
  for (let at = 0; at < payload.length; ) {
    const length = at + 4 <= payload.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (at + 4 + length > payload.length)
      throw new StateOperationError('damagedSnapshot', 'A code in the snapshot is cut off.')
    yield payload.slice(at + 4, at + 4 + length)
    at += 4 + length
  }
}
