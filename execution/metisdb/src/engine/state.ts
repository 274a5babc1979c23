/**
 * MetisDB: the state tries of the last blocks in memory that files stand behind, made durable by a log. This comment is the format of
 * what is in the folder and the protocol that keeps it right. All numbers are little-endian; CRC is CRC-32 (ISO-HDLC); a page has
 * 4096 bytes.
 *
 * Files
 *
 *   LOCK                the process that has the folder open (JSON)
 *   wal.GGGGGGGG        log of generation G (8 digits)
 *   base.GGGGGGGG       what was durable when log G began: versions, and what the images must be; absent for generation 0.
 *                       `.tmp` while it is being written
 *   image.FFFFFFFF.SS   arena of shard SS (00 to 15); F is the generation that made the file
 *   patch.GGGGGGGG      pages of base G that may not be in the images yet
 *   codes               contract codes
 *   ack                 the last acknowledged commit
 *
 * Log: header of 64 bytes, then records back to back.
 *
 *   header   u32 magic "MWAL"  u32 format 2  u64 chain id (2^64-1: none named)  u64 generation  u64 first sequence
 *            u32 CRC of these 32 bytes  zeros
 *   record   u32 magic "MREC"  u32 flags (1: its root is kept, 2: accounts and slots are named by their hashes)
 *            u64 length of the payload  u64 sequence  u64 last sequence known to be durable when it was written
 *            u64 length of `codes` likewise  u32 CRC of the payload  u32 CRC of these 44 bytes
 *   payload  32 parent root  32 root, then the changes as batches: u32 length, batch (kernel, metisdb/batch.ts).
 *            Without batches: the root, durable before as a step to another, is kept from now on.
 *
 * Base: one page as header, then the tables.
 *
 *   header   u64 magic "MTISBASE"  u32 format  u32 page size  u64 chain id  u64 generation  u64 sequence  u64 length of
 *            `codes`  u64 bytes of the tables  u32 CRC of the tables  u32 CRC of these 60 bytes
 *   tables   for each shard u64 generation in its image's name, u64 bytes of its arena (0: no image, nothing in it); for each shard
 *            u32 CRC of each page of its image; u32 number of versions and those, parents first: 32 root, 16 u32 subtries,
 *            16 × 32 hashes of these, u32 parent + 1 (0: the empty state), u32 flags (1 kept, 2 durable), u32 order among the kept,
 *            own nodes, replaced nodes; then the nodes that no version has and that are not free blocks yet. Nodes: u32 mask of the
 *            shards that have some (2^32-1: all of the version's trie), for each of these u32 number, then as many u32 addresses
 *
 * Image: pages of the kernel's arena (metisdb/arena.ts, nodes: metisdb/node.ts) as in memory, the first one first. References are
 * addresses in the shard's memory, where the arena begins at 8 MiB. No node crosses a page.
 *
 * Patch: u64 magic "MISPATCH"  u64 generation  u32 CRC of these 16 bytes  zeros, 32 bytes in all; records of u32 shard, u32 page,
 * page; then u64 number of records  u32 CRC of all records  u32 CRC of these 12 bytes.
 *
 * Codes: u32 magic "CODE"  u32 length  32 keccak-256  u32 CRC of these 40 bytes  4 zeros, then the code. `ack`: u64 sequence  u32 CRC.
 *
 * Shards. What hangs below each first nibble of the account trie, with the storage tries of its accounts, is in one of sixteen
 * memories of at most 4 GiB. The node above them is not stored: it is a branch of the sixteen hashes; with one shard alone that
 * shard's first node, hung one nibble higher, or an extension of one nibble if it is a branch; with none the empty trie.
 *
 * Versions. A state is a trie whose nodes never change once it is hashed; the next state copies the paths that it changes and
 * shares the rest. So every kept state is a snapshot for readers, who take no lock, and a reorganisation is a second child. A
 * version knows which nodes it made and which of its parent's it replaced. It is let go when it is neither kept (the newest
 * `keepBlocks` are) nor used by a view, overlay, commit or lease, and it is a leaf (its own nodes become free) or the oldest with
 * one child, both durable (what the child replaced becomes free). Becoming free changes pages, so nodes wait for it: while a commit
 * is flushed 256 go and twice as many as the one before it made, or a 32nd of all, up to 4,096, if that is more.
 *
 * Pages. A page is present when it was made here, or came from its image and had the CRC that the base says; who follows a reference
 * to a page that is not present brings it first, or ends with `damaged`. Images are mapped privately over the arenas (all
 * of it at opening, all but the first page, dirty ones and what lies behind the last whole one after a checkpoint), or, where that
 * cannot be, read page by page. A page is dirty when it changed since the last checkpoint took it: whoever takes or gives back a block
 * marks its page before, and nothing else is written in an arena. So a page that is not dirty is what its image has, the system may
 * drop it, and only dirty pages count against `memoryBytes`.
 *
 * Commit. New codes are appended and flushed; then one record for each version that is not durable, oldest first, is appended and
 * the log flushed (fdatasync): that is the commit. Commits that come during a flush share the next one. Then `ack` is
 * written, neither flushed nor waited for. Invariants: a record's parent is durable before it; sequences have no gap, across logs too; codes
 * are durable before the record that counts on them. A write that fails is cut off again and the commit can be repeated;
 * after a failed flush, or a failed cut, no commit is taken until the folder is opened anew.
 *
 * Checkpoint. When no flush is under way, log G+1 is made and flushed with its folder; then, in one step, versions and dirty pages'
 * numbers are taken, the pages that are to be written marked as wanted, all pages as not dirty, and commits go to the new log. Blocks are
 * taken and given back as always: a wanted page is copied before its first change, and it is the copy that is written (frozen.ts).
 * Then, in this order:
 *
 *   1  a shard with few dirty pages puts these into patch G+1, another one all its pages into image G+1; one that has no dirty page
 *      keeps its image. Patch and images are flushed
 *   2  base G+1 is written as `.tmp`, flushed, the folder flushed, renamed, the folder flushed. From here on it is the newest
 *   3  the patch's pages are written to their images, and these flushed
 *   4  images are mapped in place of the pages that were written, unless these are dirty again
 *   5  all that base G+1 does not count on is removed, its patch included
 *
 * Invariant: an image is changed in place only when the whole patch, and with its folder the base that counts on it, are durable; so
 * no base that counts on the pages as they were is ever read again, and a page written in part is written again. A checkpoint that fails
 * before the renaming, or whose process is killed, leaves base G with logs G and G+1, which are read in turn, and its pages dirty; both
 * logs count when the next begins. One that fails later is ended before the next begins, or at opening.
 *
 * Recovery. The newest base is read, its patch, if there is one, written to the images again, and the newest root checked; pages are
 * checked when they are touched. The logs from its generation on are replayed in order; each record must give the root that it
 * names. Then older files, and what the base does not count on, go. Bytes after the last whole record of the last log, and codes that no
 * record counts on, are cut off, unless `ack` or a later record tells that they were durable: then, as for anything else that does
 * not fit, opening ends with `damaged`. So a torn commit is repaired, and damage is told; neither gives another state.
 *
 * Threads. A shard is written by one thread at a time (threads.ts), nodes are read by any (reader.ts): bits of pages are atomic, and
 * what a lease holds is not freed. What no program can help: a mapped file that someone else cuts short ends the process when
 * the missing page is touched, and so does a disk that cannot read it.
 */
import { availableParallelism } from 'node:os'
import { emptyCodeHash, emptyTrieRoot } from '@metis-stack/kernel'
import { StateError, StateNotFoundError } from '../errors.js'
import { StateArchive } from '../history/archive.js'
import { History } from '../history/history.js'
import type { State, View } from '../interface.js'
import { stateErrorOf } from '../lmdb/errors.js'
import { Arena } from './arena.js'
import { abandon, Checkpoints, type Snapshot } from './checkpoint.js'
import { CodeFile } from './codes.js'
import { Collector } from './collector.js'
import { Engine } from './engine.js'
import { type Files, tracked } from './files.js'
import { HotState } from './hot.js'
import { Images } from './images.js'
import { acknowledgedName, codesName, type Entry, Journal, readAcknowledged } from './journal.js'
import { systemMapper } from './mapping.js'
import type { MetisDbOptions, MetisDbStats } from './options.js'
import { Pins } from './pins.js'
import type { ReaderHandle } from './reader.js'
import { type RecoveryReport, recover } from './recovery.js'
import { Versions } from './version.js'
import { VersionView } from './view.js'

export type { MetisDbOptions, MetisDbStats }

/** States that were opened in this process. */
let opened = 0

/** The engine over a folder. */
export class MetisDb implements State {
  readonly report: RecoveryReport
  /** For the operations of ../ops. */
  readonly engine: Engine
  readonly pins: Pins
  readonly #journal: Journal
  readonly #checkpoints: Checkpoints
  readonly #images: Images
  readonly folder: string
  readonly chainId: bigint
  readonly #number = ++opened
  readonly #checkpointAt: number
  readonly #memoryBytes: number
  /** The states before the kept ones, if they are kept at all. */
  readonly archive: StateArchive | undefined
  readonly #collector: Collector
  readonly #release: () => void
  #checkpointing: Promise<void> | undefined
  #holds = 0
  #resume: (() => void)[] = []
  #retryAt = 0
  #unmeasured = 0
  #stats = { checkpoints: 0, checkpointBytes: 0, checkpointError: undefined as StateError | undefined }
  #closing: Promise<void> | undefined

  /** @throws {StateError} after which the caller still holds the folder. */
  static async open(
    files: Files,
    folder: string,
    options: MetisDbOptions,
    release: () => void,
  ): Promise<MetisDb> {
    const opening = tracked(files)
    try {
      const parts = await openParts(opening, options)
      const { acknowledged, codes } = parts
      const journal = new Journal(parts.recovered.log, { files, folder, codes, acknowledged })
      const db = new MetisDb({ files, folder, journal, parts, release }, options)
      await db.archive?.attach(db)
      return db
    } catch (error) {
      await opening.closeAll()
      throw error
    }
  }

  private constructor(
    opened: {
      files: Files
      folder: string
      journal: Journal
      parts: Awaited<ReturnType<typeof openParts>>
      release: () => void
    },
    options: MetisDbOptions,
  ) {
    const { files, parts } = opened
    const { arena, versions, images, recovered } = parts
    this.report = recovered.report
    this.folder = opened.folder
    this.#journal = opened.journal
    this.#images = images
    this.#checkpoints = new Checkpoints(files, {
      arena,
      images,
      stored: recovered.stored,
      patchShare: options.patchShare ?? 0.5,
    })
    this.#release = opened.release
    this.chainId = recovered.chainId
    this.#checkpointAt = options.checkpointBytes ?? 32 * 1024 * 1024
    this.#memoryBytes = options.memoryBytes ?? 2 ** 30
    this.archive = parts.archive
    this.pins = new Pins(versions)
    this.#collector = new Collector(versions)
    this.engine = new Engine(parts, (entry) => this.#append(entry))
  }

  at(root: Uint8Array): View {
    this.engine.assertOpen()
    const version = this.engine.versions.find(root)
    if (!version) {
      const view = this.archive?.view(root)
      if (view) return view
      throw new StateNotFoundError(root)
    }
    this.engine.hot.adopt(version)
    return new VersionView(this.engine, this.pins, version)
  }

  has(root: Uint8Array): boolean {
    this.engine.assertOpen()
    return this.engine.versions.find(root) !== undefined || this.archive?.view(root) !== undefined
  }

  /**
   * A state for `openReader` in another thread of this process; it stays until the reader is closed, or does not read for
   * `leaseMs` milliseconds. At most 63 at a time.
   *
   * @throws {StateNotFoundError}
   */
  share(root: Uint8Array, { leaseMs = 30_000 }: { leaseMs?: number } = {}): ReaderHandle {
    this.engine.assertOpen()
    const version = this.engine.versions.find(root)
    if (!version) throw new StateNotFoundError(root)
    const { arena, codes, leases } = this.engine
    const native = arena.front.native(version)
    if (!native) throw new StateError('outOfMemory', 'Too many states are read at a time.')
    // Another thread could not tell which of what it finds was read from the file already.
    for (const { pages } of arena.shards) if (!pages.anyThread) pages.bringAll()
    return {
      root: version.root,
      state: this.#number,
      shards: arena.shards.map((shard) => shard.share()),
      front: arena.front.share(),
      place: native.state,
      codes: { descriptor: codes.descriptor, length: codes.length },
      ...leases.grant(version, leaseMs),
    }
  }

  /** Roots that are kept as tries, oldest first. */
  roots(): Uint8Array[] {
    this.engine.assertOpen()
    return this.engine.versions.kept().map(({ root }) => root)
  }

  /** States that are kept as tries, the newest ones. Takes effect with the next commit. */
  get keepBlocks(): number {
    return this.engine.versions.keepBlocks
  }

  set keepBlocks(count: number) {
    this.engine.versions.keepBlocks = Math.max(1, count)
  }

  /** The hot tables: for readers that want bytes. */
  get hot(): HotState {
    return this.engine.hot
  }

  stats(): MetisDbStats {
    const { arena, versions, hot } = this.engine
    return {
      arenaBytes: arena.size,
      unusedBytes: arena.unused,
      dirtyBytes: this.#dirtyBytes(),
      mapped: arena.mapped,
      keptBlocks: versions.keptCount,
      logBytes: this.#journal.length,
      permutations: arena.permutations,
      hashingMs: arena.hashingMs,
      parallelBatches: arena.parallelBatches,
      hotFailures: hot.failures,
      ...this.#stats,
    }
  }

  /** Milliseconds of `count` keccak permutations alone: what `hashingMs` is to be compared with. */
  permutationFloor(count: number): number {
    return this.engine.arena.permutationFloor(count)
  }

  /**
   * Writes a base, so that the log before it is not needed any more. Commits go on meanwhile. One at a time: a second call gets the
   * first one's promise.
   */
  async checkpoint(): Promise<void> {
    this.engine.assertOpen()
    this.#checkpointing ??= this.#checkpoint().finally(() => {
      this.#checkpointing = undefined
    })
    return this.#checkpointing
  }

  /**
   * From when this is resolved to the call of what it gives, no base, image or patch is written or removed, and logs only grow: for
   * who copies the folder. A checkpoint that is asked for meanwhile waits.
   */
  async holdCheckpoints(): Promise<() => void> {
    this.#holds++
    await this.#checkpointing?.catch(() => {})
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#holds--
      if (this.#holds === 0) for (const resume of this.#resume.splice(0)) resume()
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    await this.#journal.idle()
    this.#holds = 0
    for (const resume of this.#resume.splice(0)) resume()
    await this.#checkpointing?.catch(() => {})
    // What is short to write now is longer to replay at the next opening.
    if (this.#journal.length > this.#checkpointAt / 8) await this.checkpoint().catch(() => {})
    this.engine.closed = true
    this.engine.leases.revokeAll()
    try {
      await this.#journal.close()
      await this.#images.close()
      await this.archive?.close()
    } finally {
      await this.engine.arena.close()
      this.#release()
    }
  }

  async #append(entry: Entry): Promise<void> {
    await this.#journal.append(entry)
    this.#collector.afterCommit()
    const dirty = this.#measure(entry)
    const { length } = this.#journal
    const isLong = length > Math.max(this.#checkpointAt, this.#checkpoints.imageBytes / 2)
    if (length <= this.#retryAt || !(isLong || dirty > this.#memoryBytes / 2)) return
    const checkpoint = this.checkpoint().catch(() => {})
    if (dirty <= this.#memoryBytes || this.#holds > 0) return
    await checkpoint
    // What changed while it was written is left over, which may be too much again.
    if (this.#dirtyBytes() > this.#memoryBytes) await this.checkpoint().catch(() => {})
  }

  /** Bytes that no image has yet. */
  #dirtyBytes(): number {
    return this.engine.arena.dirtyBytes() + this.#checkpoints.unwritten
  }

  /** Bytes of changed pages; 0 when too little was written since they were last counted to matter. */
  #measure({ records }: Entry): number {
    for (const { batches } of records) for (const batch of batches) this.#unmeasured += batch.length
    // An entry of some 50 bytes changes a page or two.
    if (this.#unmeasured * 64 < this.#memoryBytes / 16) return 0
    this.#unmeasured = 0
    return this.#dirtyBytes()
  }

  async #checkpoint(): Promise<void> {
    while (this.#holds > 0) await new Promise<void>((resume) => this.#resume.push(resume))
    const { arena, versions, codes } = this.engine
    let frozen = false
    let taken: Snapshot | undefined
    try {
      await this.#checkpoints.prepare()
      await this.#journal.rotate(() => {
        frozen = true
        const { generation, sequence } = this.#journal
        taken = this.#checkpoints.freeze(versions, {
          chainId: this.chainId,
          generation,
          sequence,
          codesLength: codes.length,
        })
      })
      // What leaves the base must be in the archive before.
      await this.archive?.flush()
      const snapshot: Snapshot = taken!
      taken = undefined
      const bytes = await this.#checkpoints.write(snapshot)
      this.#journal.coverEarlier()
      this.#retryAt = 0
      this.#stats = {
        checkpoints: this.#stats.checkpoints + 1,
        checkpointBytes: this.#stats.checkpointBytes + bytes,
        checkpointError: undefined,
      }
    } catch (error) {
      if (taken) abandon(arena, taken)
      const failure = stateErrorOf(error, this.folder)
      this.#stats.checkpointError = failure
      this.#retryAt = this.#journal.length + this.#checkpointAt
      throw failure
    } finally {
      if (frozen) this.#checkpoints.end()
    }
  }
}

/** Tables for 2^25 accounts and as many slots would have more than the 4 GiB of a memory. */
const hotBitsRange = { least: 1, most: 24 }

function hotBitsOf({ hotBits = 18 }: MetisDbOptions): number {
  const { least, most } = hotBitsRange
  if (Number.isInteger(hotBits) && hotBits >= least && hotBits <= most) return hotBits
  throw new RangeError(`hotBits is a whole number from ${least} to ${most}, not ${hotBits}.`)
}

async function openParts(files: Files, options: MetisDbOptions) {
  const arena = new Arena({
    emptyCodeHash,
    emptyRoot: emptyTrieRoot,
    maximumBytes: options.maximumBytes ?? Number.POSITIVE_INFINITY,
    hotBits: hotBitsOf(options),
    mapper: options.images === 'read' ? undefined : systemMapper(),
    threads: options.threads ?? Math.min(3, availableParallelism() - 1),
  })
  try {
    return await openInto(arena, files, options)
  } catch (error) {
    await arena.close()
    throw error
  }
}

async function openInto(arena: Arena, files: Files, options: MetisDbOptions) {
  if (options.archive === false) await History.remove(files)
  const archived = options.archive ?? (await History.isIn(files))
  const archive = archived ? new StateArchive(await History.open(files), arena) : undefined
  const keepBlocks = Math.max(1, options.keepBlocks ?? 256)
  const versions = new Versions(arena, emptyTrieRoot, { keepBlocks, ...(archive && { archive }) })
  const images = new Images(files)
  const acknowledged = await files.open(acknowledgedName)
  const codesFile = await files.open(codesName)
  await files.syncFolder()
  const recovered = await recover(
    files,
    { arena, versions, images },
    options.chainId,
    await readAcknowledged(acknowledged),
  )
  const codes = await CodeFile.open(codesFile, recovered.codesLength)
  const hot = new HotState(arena.front)
  return { arena, versions, images, archive, hot, codes, acknowledged, recovered }
}
