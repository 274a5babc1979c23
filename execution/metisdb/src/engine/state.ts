/**
 * MetisDB: the state tries of the last blocks in one arena, made durable by a log and a base. This comment is the format of what is in
 * the folder and the protocol that keeps it right. All numbers are little-endian; CRC is CRC-32 (ISO-HDLC).
 *
 * Files
 *
 *   LOCK           the process that has the folder open (JSON)
 *   wal.GGGGGGGG   log of generation G (8 digits)
 *   base.GGGGGGGG  all that was durable when log G began; absent for generation 0. `.tmp` while it is being written
 *   codes          contract codes
 *   ack            the last acknowledged commit
 *
 * Log: header of 64 bytes, then records back to back.
 *
 *   header   u32 magic "MWAL"  u32 format 1  u64 chain id (2^64-1: none named)  u64 generation  u64 first sequence
 *            u32 CRC of these 32 bytes  zeros
 *   record   u32 magic "MREC"  u32 flags (1: its root is kept)  u64 length of the payload  u64 sequence
 *            u64 last sequence known to be durable when it was written  u64 length of `codes` likewise
 *            u32 CRC of the payload  u32 CRC of these 44 bytes
 *   payload  32 parent root  32 root, then the changes as batches: u32 length, batch (kernel, metisdb/batch.ts).
 *            Without batches: the root, durable before as a step to another, is kept from now on.
 *
 * Base: one page of 4096 bytes as header, the arena's image padded to whole pages, then the tables.
 *
 *   header   u64 magic "MTISBASE"  u32 format  u32 page size  u64 chain id  u64 generation  u64 sequence  u64 length of
 *            `codes`  u64 bytes of the image  u64 bytes of the tables  u32 CRC of the tables  u32 CRC of these 68 bytes
 *   image    the kernel's arena (metisdb/arena.ts, nodes: metisdb/node.ts). References are addresses; it begins at 8 MiB
 *   tables   u32 CRC of each 64 KiB of the image, then u32 number of versions and those, parents first: 32 root,
 *            u32 trie, u32 parent + 1 (0: the empty state), u32 flags (1 kept, 2 durable), u32 order among the kept,
 *            u32 number of own nodes (2^32-1: all), u32 number of replaced nodes, then these as u32 references
 *
 * Codes: u32 magic "CODE"  u32 length  32 keccak-256  u32 CRC of these 40 bytes  4 zeros, then the code. `ack`: u64 sequence  u32 CRC.
 *
 * Versions. A state is a trie whose nodes never change once it is hashed; the next state copies the paths that it changes and
 * shares the rest. So every kept state is a snapshot for readers, who take no lock, and a reorganisation is a second child. A
 * version knows which nodes it made and which of its parent's it replaced. It is let go when it is neither kept (the newest
 * `keepBlocks` are) nor used by a view, overlay or commit, and it is a leaf (its own nodes become free) or the oldest with one
 * child, both durable (what the child replaced becomes free).
 *
 * Commit. New codes are appended and flushed; then one record for each version that is not durable, oldest first, is appended and
 * the log flushed (fdatasync): that is the commit. Commits that come during a flush share the next one. Then `ack` is
 * written, not flushed. Invariants: a record's parent is durable before it; sequences have no gap, across logs too; codes
 * are durable before the record that counts on them. A write that fails is cut off again and the commit can be repeated;
 * after a failed flush, or a failed cut, no commit is taken until the folder is opened anew.
 *
 * Checkpoint. When no flush is under way, log G+1 is made and flushed with its folder; then, in one step, the arena is frozen (no block
 * below its end is reused), its first page and the versions are copied, and commits go to the new log. The image is
 * written beside them to base G+1 `.tmp`, flushed, renamed, the folder flushed, and older files are removed. Nothing is ever
 * overwritten in place, so there is no torn page to repair. A checkpoint that fails leaves two logs, which are read in turn.
 *
 * Recovery. `.tmp` files go. The newest base is read and every CRC and every version's root checked; older files go. The logs from its
 * generation on are replayed in order; each record must give the root that it names. Bytes after the last whole record of the
 * last log, and codes that no record counts on, are cut off, unless `ack` or a later record tells that they were durable: then, as for anything else that does
 * not fit, opening ends with `damaged`. So a torn commit is repaired, and damage is told; neither gives another state.
 */
import { availableParallelism } from 'node:os'
import { emptyCodeHash, emptyTrieRoot } from '@metis-stack/kernel'
import { StateError, StateNotFoundError } from '../errors.js'
import { StateArchive } from '../history/archive.js'
import { History } from '../history/history.js'
import type { State, View } from '../interface.js'
import { stateErrorOf } from '../lmdb/errors.js'
import { Arena } from './arena.js'
import { Checkpoints, freeze, type Snapshot } from './checkpoint.js'
import { CodeFile } from './codes.js'
import { Engine } from './engine.js'
import { type Files, tracked } from './files.js'
import { HotState } from './hot.js'
import { Images } from './images.js'
import { acknowledgedName, codesName, type Entry, Journal, readAcknowledged } from './journal.js'
import { systemMapper } from './mapping.js'
import { Pins } from './pins.js'
import type { ReaderHandle } from './reader.js'
import { type RecoveryReport, recover } from './recovery.js'
import { Versions } from './version.js'
import { VersionView } from './view.js'

export type MetisDbOptions = {
  /** Recorded in a new folder; a folder of another chain is refused. */
  chainId?: bigint
  /** States that stay readable by their root, the newest ones; 256 when absent. */
  keepBlocks?: number
  /** Bytes that tries may take; at most 56 GiB, the default, and 3.5 GiB below each first nibble of the accounts. */
  maximumBytes?: number
  /**
   * Bytes of memory for what changed since the last checkpoint, which is the part that the system cannot take away; 1 GiB when absent.
   * From half of it on a checkpoint is made, and commits wait for it when all is used.
   */
  memoryBytes?: number
  /** Bytes of log after which a checkpoint begins, if the images are not larger than twice as much; 32 MiB when absent. */
  checkpointBytes?: number
  /** Hot accounts, and as many slots, are kept for 3/4 of 2^n; 18 when absent. */
  hotBits?: number
  /** How images come into memory: mapped, the default where the system can, or read page by page and kept. */
  images?: 'mapped' | 'read'
  /** Threads beside the caller's that work on large batches; one less than there are processors, at most 3, when absent. */
  threads?: number
  /**
   * Share of a shard's pages up to which a checkpoint writes the changed ones, twice, else all in a new image, once: the default is the
   * half, where that is the same.
   */
  patchShare?: number
  /**
   * Keeps every state: what leaves the kept ones goes to the history, see ../history/history.ts. `false` forgets a history that there
   * is; when absent it stays as it was.
   */
  archive?: boolean
}

export type MetisDbStats = {
  /** Bytes of the arenas, and those of them in free blocks. */
  arenaBytes: number
  unusedBytes: number
  /** Bytes of pages that changed since the last checkpoint. */
  dirtyBytes: number
  /** Whether images are mapped. */
  mapped: boolean
  keptBlocks: number
  logBytes: number
  checkpoints: number
  /** Bytes of all that checkpoints wrote since opening. */
  checkpointBytes: number
  /** Why the last checkpoint did not end: it is tried again later, and the log keeps growing until then. */
  checkpointError: StateError | undefined
  /** Keccak permutations for trie nodes since opening, and milliseconds that listing, encoding and hashing them took. */
  permutations: bigint
  hashingMs: number
  /** Batches that several threads worked on. */
  parallelBatches: number
}

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
    const { arena, versions } = this.engine
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
      await this.engine.arena.close()
      await this.archive?.close()
    } finally {
      this.#release()
    }
  }

  async #append(entry: Entry): Promise<void> {
    await this.#journal.append(entry)
    const dirty = this.#measure(entry)
    const threshold = Math.max(this.#checkpointAt, this.#checkpoints.imageBytes / 2, this.#retryAt)
    if (this.#journal.length <= threshold && dirty <= this.#memoryBytes / 2) return
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
    try {
      await this.#checkpoints.prepare()
      let snapshot: Snapshot | undefined
      await this.#journal.rotate(() => {
        frozen = true
        const { generation, sequence } = this.#journal
        snapshot = freeze(arena, versions, {
          chainId: this.chainId,
          generation,
          sequence,
          codesLength: codes.length,
        })
      })
      // What leaves the base must be in the archive before.
      await this.archive?.flush()
      const bytes = await this.#checkpoints.write(snapshot!)
      this.#retryAt = 0
      this.#stats = {
        checkpoints: this.#stats.checkpoints + 1,
        checkpointBytes: this.#stats.checkpointBytes + bytes,
        checkpointError: undefined,
      }
    } catch (error) {
      const failure = stateErrorOf(error, this.folder)
      this.#stats.checkpointError = failure
      this.#retryAt = this.#journal.length + this.#checkpointAt
      throw failure
    } finally {
      if (frozen) versions.thaw()
    }
  }
}

async function openParts(files: Files, options: MetisDbOptions) {
  const arena = new Arena({
    emptyCodeHash,
    emptyRoot: emptyTrieRoot,
    maximumBytes: options.maximumBytes ?? Number.POSITIVE_INFINITY,
    hotBits: options.hotBits ?? 18,
    mapper: options.images === 'read' ? undefined : systemMapper(),
    threads: options.threads ?? Math.min(3, availableParallelism() - 1),
  })
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
