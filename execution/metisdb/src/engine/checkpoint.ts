import type { Arena } from './arena.js'
import { type StoredShard, type StoredVersion, writeBase } from './base.js'
import { crc32 } from './bytes.js'
import type { File, Files } from './files.js'
import { baseName, type Images, imageName, patchName, removeOthers } from './images.js'
import { pageSize } from './mapping.js'
import { PatchWriter } from './patch.js'
import type { Shard } from './shard.js'
import type { Lists } from './trie.js'
import type { Versions } from './version.js'

/** Pages that are copied at once, between which commits go on. */
const perPart = 256

/** `written`: whether nothing, the changed pages or all of them are. */
type FrozenShard = { size: number; dirty: number[]; written: 'nothing' | 'patch' | 'image' }

/** What a checkpoint writes; pages are read from the arena on the way. */
export type Snapshot = {
  chainId: bigint
  generation: number
  sequence: number
  codesLength: number
  shards: FrozenShard[]
  versions: StoredVersion[]
  garbage: Lists
}

/** A snapshot that is not written: its pages count as changed again. */
export function abandon(arena: Arena, { shards }: Snapshot): void {
  for (const [index, { dirty }] of shards.entries()) arena.shards[index]!.pages.markDirty(dirty)
}

function* upTo(count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield i
}

/**
 * Bases and images on the disk. What changed in a shard goes into a patch, and from there into the shard's image, or with the rest of it
 * into a new image, whichever is less to write.
 */
export class Checkpoints {
  readonly #files: Files
  readonly #arena: Arena
  readonly #images: Images
  #stored: readonly StoredShard[]
  /** A base that is there, or may be, and whose patch is not yet in the images. */
  #unfinished: { generation: number; shards: StoredShard[] } | undefined
  readonly #patchShare: number
  #imageBytes: number
  #unwritten = 0

  constructor(
    files: Files,
    {
      arena,
      images,
      stored,
      patchShare,
    }: { arena: Arena; images: Images; stored: readonly StoredShard[]; patchShare: number },
  ) {
    this.#patchShare = patchShare
    this.#files = files
    this.#arena = arena
    this.#images = images
    this.#stored = stored
    this.#imageBytes = stored.reduce((sum, { size }) => sum + size, 0)
  }

  /** Bytes of changed pages that a checkpoint under way writes. */
  get unwritten(): number {
    return this.#unwritten
  }

  /** Bytes of all images. */
  get imageBytes(): number {
    return this.#imageBytes
  }

  /** Ends what an earlier checkpoint had to leave, so that the next can begin. */
  async prepare(): Promise<void> {
    if (!this.#unfinished) return
    const { generation, shards } = this.#unfinished
    await this.#finish(generation, shards, new Set())
  }

  /** Takes what is there, at once; changes go on, and `end` must follow. */
  freeze(
    versions: Versions,
    named: Pick<Snapshot, 'chainId' | 'generation' | 'sequence' | 'codesLength'>,
  ): Snapshot {
    const shards = this.#arena.shards.map(({ size, pages, frozen }, index): FrozenShard => {
      const dirty = pages.dirty()
      const count = Math.ceil(size / pageSize)
      const written = this.#choose(index, { size, count, dirty: dirty.length })
      pages.clearDirty(dirty)
      frozen.begin(written === 'image' ? upTo(count) : written === 'patch' ? dirty : [])
      return { size, dirty, written }
    })
    return { ...named, shards, versions: storedVersions(versions), garbage: versions.garbage.lists() }
  }

  /** What was frozen is written, or is not to be. */
  end(): void {
    for (const { frozen } of this.#arena.shards) frozen.end()
  }

  #choose(
    index: number,
    { size, count, dirty }: { size: number; count: number; dirty: number },
  ): FrozenShard['written'] {
    const hasImage = this.#images.generation(index) !== undefined
    if (size === pageSize || (hasImage && dirty === 0)) return 'nothing'
    return hasImage && dirty <= count * this.#patchShare ? 'patch' : 'image'
  }

  /** Returns the bytes that were written of what is frozen. */
  async write(snapshot: Snapshot): Promise<number> {
    this.#unwritten = snapshot.shards.reduce((sum, { dirty }) => sum + dirty.length * pageSize, 0)
    try {
      return await this.#write(snapshot)
    } finally {
      this.#unwritten = 0
    }
  }

  async #write(snapshot: Snapshot): Promise<number> {
    const { generation } = snapshot
    const { shards, changed, bytes } = await this.#writePages(snapshot)
    const temporary = `${baseName(generation)}.tmp`
    let baseBytes = 0
    try {
      const file = await this.#files.open(temporary)
      try {
        baseBytes = await writeBase(file, { ...snapshot, shards })
      } finally {
        await file.close()
      }
      await this.#files.syncFolder()
      await this.#files.rename(temporary, baseName(generation))
    } catch (error) {
      await this.#giveUp(snapshot, shards, error)
    }
    this.#unfinished = { generation, shards }
    await this.#finish(generation, shards, changed)
    return bytes + baseBytes
  }

  /** Nothing counts on the new files, unless the base is there in spite of the error. */
  async #giveUp(snapshot: Snapshot, shards: StoredShard[], error: unknown): Promise<never> {
    const { generation } = snapshot
    const isThere = await this.#files.list().then(
      (names) => names.includes(baseName(generation)),
      () => true,
    )
    if (isThere) this.#unfinished = { generation, shards }
    else await this.#discard(snapshot)
    throw error
  }

  async #discard(snapshot: Snapshot): Promise<void> {
    abandon(this.#arena, snapshot)
    const { generation, shards } = snapshot
    const images = shards.map((_, index) => imageName(generation, index))
    for (const name of [...images, patchName(generation), `${baseName(generation)}.tmp`]) {
      await this.#files.remove(name).catch(() => {})
    }
  }

  async #writePages(
    snapshot: Snapshot,
  ): Promise<{ shards: StoredShard[]; changed: Set<number>; bytes: number }> {
    const changed = new Set<number>()
    const patched: number[] = []
    let bytes = 0
    try {
      const shards: StoredShard[] = []
      for (const [index, { size, written }] of snapshot.shards.entries()) {
        const before = this.#stored[index]!
        if (written === 'nothing') {
          shards.push(before)
          continue
        }
        changed.add(index)
        const checksums = new Uint32Array(Math.ceil(size / pageSize))
        checksums.set(before.checksums)
        if (written === 'patch') patched.push(index)
        else bytes += await this.#writeImage(snapshot, index, checksums)
        const image = written === 'patch' ? this.#images.generation(index)! : snapshot.generation
        shards.push({ image, size, checksums })
      }
      if (patched.length > 0) bytes += await this.#writePatch(snapshot, patched, shards)
      return { shards, changed, bytes }
    } catch (error) {
      await this.#discard(snapshot)
      throw error
    }
  }

  async #writeImage(snapshot: Snapshot, index: number, checksums: Uint32Array): Promise<number> {
    const file = await this.#files.open(imageName(snapshot.generation, index))
    try {
      await file.truncate(0)
      for (let from = 0; from < checksums.length; from += perPart) {
        const part = new Uint8Array(Math.min(perPart, checksums.length - from) * pageSize)
        for (let at = 0; at < part.length; at += pageSize) {
          const page = from + at / pageSize
          const bytes = part.subarray(at, at + pageSize)
          this.#arena.shards[index]!.frozen.copyTo(bytes, page)
          checksums[page] = crc32(bytes)
        }
        await file.write(part, from * pageSize)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    return checksums.length * pageSize
  }

  async #writePatch(snapshot: Snapshot, patched: number[], shards: StoredShard[]): Promise<number> {
    const file: File = await this.#files.open(patchName(snapshot.generation))
    try {
      await file.truncate(0)
      const writer = new PatchWriter(file, snapshot.generation)
      let pages = 0
      for (const shard of patched) {
        for (const page of snapshot.shards[shard]!.dirty) {
          const bytes = new Uint8Array(pageSize)
          this.#arena.shards[shard]!.frozen.copyTo(bytes, page)
          shards[shard]!.checksums[page] = crc32(bytes)
          await writer.add({ shard, page, bytes })
          pages++
        }
      }
      return (await writer.finish()) + pages * pageSize
    } finally {
      await file.close()
    }
  }

  /** `remapped`: shards whose pages are as they were written, but for those that count as changed. */
  async #finish(generation: number, shards: StoredShard[], remapped: ReadonlySet<number>): Promise<void> {
    await this.#files.syncFolder()
    if ((await this.#files.list()).includes(patchName(generation))) await this.#images.patch(generation)
    for (const [index, { image, size, checksums }] of shards.entries()) {
      if (this.#images.generation(index) !== image) await this.#images.replace(index, image)
      if (shards[index] === this.#stored[index]) continue
      const shard: Shard = this.#arena.shards[index]!
      shard.pages.checksums.set(checksums)
      // The first page goes on changing, and behind the last block lists are made.
      const to = remapped.has(index) ? Math.floor(size / pageSize) : 0
      shard.pages.use(this.#images.image(index), checksums.length, { from: 1, to })
    }
    this.#stored = shards
    this.#imageBytes = shards.reduce((sum, { size }) => sum + size, 0)
    this.#unfinished = undefined
    // Files that stay behind are removed by the next checkpoint or opening.
    await removeOthers(this.#files, { generation, shards })
  }
}

function storedVersions(versions: Versions): StoredVersion[] {
  const all = versions.all()
  const indexes = new Map(all.map((version, index) => [version, index]))
  const order = new Map(versions.kept().map((version, index) => [version, index]))
  return all.map((version) => ({
    root: version.root,
    refs: version.refs,
    hashes: version.hashes,
    parent: indexes.get(version.parent!) ?? -1,
    kept: version.kept,
    durable: version.log === 'durable',
    order: order.get(version) ?? 0,
    made: version.made,
    replaced: version.replaced,
  }))
}
