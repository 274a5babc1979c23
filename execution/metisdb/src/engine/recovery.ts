import { bytesToHex, equalBytes } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import { keyOf } from '../key.js'
import type { Arena } from './arena.js'
import { type Base, readBase, type StoredShard } from './base.js'
import { type File, type Files, readAt } from './files.js'
import { baseName, type Images, noShards, removeOthers } from './images.js'
import { createWal, walName } from './journal.js'
import type { Version, Versions } from './version.js'
import { anyChain, decodeWalHeader, scanWal, type WalHeader, type WalRecord, walHeaderLength } from './wal.js'

/** What opening found and did. */
export type RecoveryReport = {
  /** Generation of the base that was loaded, `undefined` without one. */
  base: number | undefined
  /** Commits that were replayed from the log. */
  replayed: number
  /** Bytes of a commit that was under way, cut off. */
  tornBytes: number
  /** Files left over by a checkpoint that did not end, removed. */
  removed: string[]
}

export type Recovered = {
  stored: readonly StoredShard[]
  /** The last log; `earlier`: bytes of records in those before it. */
  log: { file: File; header: WalHeader; end: number; earlier: number; sequence: number }
  codesLength: number
  chainId: bigint
  report: RecoveryReport
}

/** Brings the last acknowledged state into the arena. */
export async function recover(
  files: Files,
  { arena, versions, images }: { arena: Arena; versions: Versions; images: Images },
  chainId: bigint | undefined,
  acknowledged: number,
): Promise<Recovered> {
  const names = await files.list()
  const report: RecoveryReport = { base: undefined, replayed: 0, tornBytes: 0, removed: [] }
  const base = await newestBase(files, generations(names, 'base'))
  checkChain(base?.chainId ?? anyChain, chainId)
  if (base) {
    await images.load(base, arena)
    restore(base, versions, arena)
  }
  const first = base?.generation ?? 0
  report.base = base?.generation
  const stored = base?.shards ?? noShards
  const logs = generations(names, 'wal').filter((generation) => generation >= first)
  const chain = { id: base?.chainId ?? chainId ?? anyChain }
  checkChain(chain.id, chainId)
  const start = base?.sequence ?? 0
  if (logs.length === 0) {
    if (acknowledged > start || base) throw missing(walName(first))
    const header = { chainId: chain.id, generation: 0, firstSequence: 1 }
    const file = await createWal(files, header)
    report.removed = await removeOthers(files, base)
    return {
      log: { file, header, end: walHeaderLength, earlier: 0, sequence: 0 },
      stored,
      codesLength: 0,
      chainId: chain.id,
      report,
    }
  }
  const replay = new Replay({ arena, versions })
  let sequence = start
  let codesLength = base?.codesLength ?? 0
  let log: Recovered['log'] | undefined
  for (const [index, generation] of logs.entries()) {
    if (generation !== first + index) throw missing(walName(first + index))
    await log?.file.close()
    const name = walName(generation)
    const file = await files.open(name)
    const header = await readHeader(files, file, {
      name,
      generation,
      sequence,
      acknowledged,
      chainId: chain.id,
    })
    if (index === 0 && !base) chain.id = header.chainId
    checkChain(header.chainId, chainId)
    if (header.firstSequence !== sequence + 1) throw missing(`commit ${sequence + 1} before ${name}`)
    const isLast = index === logs.length - 1
    // What a log that is not the last one lacks shows in the number that the next one begins with.
    const scan = await scanWal(file, header, isLast ? acknowledged : sequence, name)
    if (scan.torn > 0) {
      if (!isLast) throw new StateError('damaged', `${name} is damaged at byte ${scan.end}.`)
      await file.truncate(scan.end)
      await file.sync()
      report.tornBytes = scan.torn
    }
    for (const record of scan.records) replay.apply(record, name)
    sequence += scan.records.length
    report.replayed += scan.records.length
    codesLength = Math.max(codesLength, scan.codesLength)
    const earlier = log ? log.earlier + log.end - walHeaderLength : 0
    log = { file, header, end: scan.end, earlier, sequence }
  }
  if (acknowledged > sequence) throw missing(`commit ${acknowledged}`)
  // Only now is it sure that nothing of it is needed.
  report.removed = await removeOthers(files, base)
  versions.prune()
  for (const version of versions.all()) versions.tidy(version)
  return { log: log!, stored, codesLength, chainId: chain.id, report }
}

async function newestBase(files: Files, candidates: number[]): Promise<Base | undefined> {
  const newest = candidates.at(-1)
  if (newest === undefined) return undefined
  const file = await files.open(baseName(newest))
  try {
    return await readBase(file, baseName(newest))
  } finally {
    await file.close()
  }
}

function restore(base: Base, versions: Versions, arena: Arena): void {
  versions.garbage.add(base.garbage)
  const restored: Version[] = []
  for (const { parent, made, durable, ...stored } of base.versions) {
    const above = parent < 0 ? versions.empty : restored[parent]!
    const version = versions.add(above, { ...stored, made: [] })
    version.made = made
    version.log = durable ? 'durable' : 'none'
    restored.push(version)
  }
  const kept = base.versions.map((stored, index) => ({ stored, index })).filter(({ stored }) => stored.kept)
  kept.sort((a, b) => a.stored.order - b.stored.order)
  for (const { index } of kept) versions.keep(restored[index]!)
  // The tables and every page have their CRCs; that they belong together shows in the newest root.
  const newest = versions.kept().at(-1)
  if (newest && !equalBytes(arena.rootOf(newest), newest.root)) {
    throw new StateError('damaged', `${baseName(base.generation)} has another root than it says.`)
  }
}

/** The header of a log; a log that a crash left without one, before any commit went into it, is made anew. */
async function readHeader(
  files: Files,
  file: File,
  expected: { name: string; generation: number; sequence: number; acknowledged: number; chainId: bigint },
): Promise<WalHeader> {
  const header = decodeWalHeader(await readAt(file, 0, walHeaderLength), expected.name)
  if (header) {
    if (header.generation !== expected.generation) {
      throw new StateError('damaged', `${expected.name} is the log of generation ${header.generation}.`)
    }
    return header
  }
  if (expected.acknowledged > expected.sequence || (await file.size()) > walHeaderLength) {
    throw new StateError('damaged', `${expected.name} is damaged: its header is not readable.`)
  }
  const anew = {
    chainId: expected.chainId,
    generation: expected.generation,
    firstSequence: expected.sequence + 1,
  }
  await (await createWal(files, anew)).close()
  return anew
}

/** Applies records to the versions, checking every root. */
class Replay {
  readonly #arena: Arena
  readonly #versions: Versions
  /** Versions by root, those that are only steps to others too; the last one of a root. */
  readonly #known = new Map<string, Version>()

  constructor({ arena, versions }: { arena: Arena; versions: Versions }) {
    this.#arena = arena
    this.#versions = versions
    this.#known.set(versions.empty.key, versions.empty)
    for (const version of versions.all()) if (version.log === 'durable') this.#known.set(version.key, version)
    for (const version of versions.kept()) this.#known.set(version.key, version)
  }

  apply({ sequence, parentRoot, root, kept, hashed, batches }: WalRecord, name: string): void {
    const parent = this.#known.get(keyOf(parentRoot))
    if (!parent) {
      throw new StateError(
        'damaged',
        `${name}: commit ${sequence} is on ${bytesToHex(parentRoot)}, which is not kept.`,
      )
    }
    if (batches.length === 0) {
      if (kept) this.#versions.keep(parent)
      return
    }
    const sealed = this.#arena.write(parent, batches, hashed)
    if (!sealed || !equalBytes(sealed.root, root)) {
      const found = bytesToHex((sealed ?? parent).root)
      throw new StateError(
        'damaged',
        `${name}: commit ${sequence} gives the root ${found}, not ${bytesToHex(root)}.`,
      )
    }
    const version = this.#versions.add(parent, sealed)
    version.log = 'durable'
    this.#known.set(version.key, version)
    if (kept) this.#versions.keep(version)
  }
}

/** Numbers of the files `kind.00000042`, ascending. */
function generations(names: readonly string[], kind: string): number[] {
  return names
    .map((name) => new RegExp(`^${kind}\\.(\\d{8})$`).exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
}

function checkChain(found: bigint, wanted: bigint | undefined): void {
  if (wanted === undefined || found === anyChain || found === wanted) return
  throw new StateError('wrongChain', `The state belongs to chain ${found}, not ${wanted}.`)
}

function missing(what: string): StateError {
  return new StateError('damaged', `The state is damaged: ${what} is missing.`)
}
