import { StateError } from '../errors.js'
import { type Arena, shardCount } from './arena.js'
import type { Base, StoredShard } from './base.js'
import type { File, Files } from './files.js'
import { pageSize } from './mapping.js'
import type { Image } from './pages.js'
import { readPatch } from './patch.js'

const digits = (generation: number): string => String(generation).padStart(8, '0')

export const baseName = (generation: number): string => `base.${digits(generation)}`
export const patchName = (generation: number): string => `patch.${digits(generation)}`
export const imageName = (generation: number, shard: number): string =>
  `image.${digits(generation)}.${String(shard).padStart(2, '0')}`

/** The images of the shards, open. */
export class Images {
  readonly #files: Files
  readonly #open: (Image & { file: File; generation: number })[] = []

  constructor(files: Files) {
    this.#files = files
  }

  /** Generation of the shard's image, `undefined` when it has none yet. */
  generation(shard: number): number | undefined {
    return this.#open[shard]?.generation
  }

  image(shard: number): Image {
    return this.#open[shard]!
  }

  /** Opens what the base names, with the pages of its patch in their place, and gives it to the arena. @throws {StateError} `damaged` */
  async load(base: Base, arena: Arena): Promise<void> {
    for (const [index, { image, size }] of base.shards.entries()) {
      if (size > 0) await this.replace(index, image)
    }
    if ((await this.#files.list()).includes(patchName(base.generation))) {
      // The base may only just have been renamed; no image changes while the one before could come back.
      await this.#files.syncFolder()
      await this.patch(base.generation)
    }
    for (const [index, { size, checksums }] of base.shards.entries()) {
      if (size === 0) continue
      const { file, name } = this.#open[index]!
      if ((await file.size()) < checksums.length * pageSize) {
        throw new StateError('damaged', `${name} is damaged: it is too short.`)
      }
      const shard = arena.shards[index]!
      if (size > shard.limit) throw new StateError('outOfMemory', `${name} does not fit in the memory.`)
      shard.pages.checksums.set(checksums)
      shard.load(this.image(index), size)
    }
  }

  /** Takes the file of this generation for the shard's image. */
  async replace(shard: number, generation: number): Promise<void> {
    const name = imageName(generation, shard)
    const file = await this.#files.open(name)
    const before = this.#open[shard]
    this.#open[shard] = {
      file,
      name,
      generation,
      descriptor: file.descriptor,
      readNow: (into, position) => file.readNow(into, position),
    }
    await before?.file.close()
  }

  /** Writes the pages of a patch to their images and flushes these. Can be repeated. */
  async patch(generation: number): Promise<void> {
    const name = patchName(generation)
    const patch = await this.#files.open(name)
    const changed = new Set<File>()
    try {
      for await (const pages of readPatch(patch, name, generation)) {
        for (const { shard, page, bytes } of pages) {
          const image = this.#open[shard]
          if (!image) throw new StateError('damaged', `${name} is damaged: it has pages of no image.`)
          await image.file.write(bytes, page * pageSize)
          changed.add(image.file)
        }
      }
      for (const file of changed) await file.sync()
    } finally {
      await patch.close()
    }
  }

  async close(): Promise<void> {
    for (const image of this.#open) await image?.file.close()
  }
}

/** Removes what a base, whose patch is in its images, does not count on; returns the names. */
export async function removeOthers(
  files: Files,
  base: { generation: number; shards: readonly StoredShard[] } | undefined,
): Promise<string[]> {
  const generation = base?.generation ?? 0
  const images = new Set(
    base?.shards.map(({ image, size }, index) => (size > 0 ? imageName(image, index) : '')),
  )
  const removed: string[] = []
  for (const name of await files.list()) {
    const found = /^(base|wal|patch|image)\.(\d{8})(\.\d\d)?$/.exec(name)
    const kind = found?.[1]
    const isOld = Number(found?.[2]) < generation
    const isOther =
      name.endsWith('.tmp') ||
      (kind === 'image' && !images.has(name)) ||
      kind === 'patch' ||
      ((kind === 'base' || kind === 'wal') && isOld)
    if (!isOther) continue
    await files.remove(name)
    removed.push(name)
  }
  return removed
}

/** What a base says of shards that have nothing. */
export const noShards: readonly StoredShard[] = Array.from({ length: shardCount }, () => ({
  image: 0,
  size: 0,
  checksums: new Uint32Array(),
}))
