import { StateError } from '../errors.js'
import { crc32, FieldReader, FieldWriter } from './bytes.js'
import { type File, readAt } from './files.js'
import { pageSize } from './mapping.js'

const magic = 0x48_43_54_41_50_53_49_4dn
const headLength = 32
const tailLength = 16
/** Pages that are written, or read, in one go. */
const perPart = 256

/** A page of a shard's image. */
export type PatchPage = { shard: number; page: number; bytes: Uint8Array }

/**
 * Pages that are to replace others in images: complete here before the first image is changed, so that a page that is written only
 * in part can be written again. Records of u32 shard, u32 page, page; in the end how many, and a CRC of all.
 */
export class PatchWriter {
  readonly #file: File
  readonly #generation: number
  #end = headLength
  #waiting: Uint8Array[] = []
  #checksum = 0
  #count = 0

  constructor(file: File, generation: number) {
    this.#file = file
    this.#generation = generation
  }

  async add({ shard, page, bytes }: PatchPage): Promise<void> {
    this.#waiting.push(new FieldWriter(8).u32(shard).u32(page).bytes, bytes)
    this.#count++
    if (this.#waiting.length >= 2 * perPart) await this.#write()
  }

  /** Flushed when resolved; returns the bytes of the file. */
  async finish(): Promise<number> {
    await this.#write()
    const tail = new FieldWriter(tailLength).u64(this.#count).u32(this.#checksum).seal()
    await this.#file.write(tail, this.#end)
    await this.#file.truncate(this.#end + tailLength)
    await this.#file.write(new FieldWriter(headLength).u64(magic).u64(this.#generation).seal(), 0)
    await this.#file.sync()
    return this.#end + tailLength
  }

  async #write(): Promise<void> {
    if (this.#waiting.length === 0) return
    const part = Buffer.concat(this.#waiting)
    this.#waiting = []
    this.#checksum = crc32(part, this.#checksum)
    await this.#file.write(part, this.#end)
    this.#end += part.length
  }
}

/**
 * The pages of a patch, in parts; all of it is checked before the first comes.
 *
 * @throws {StateError} `damaged`: the base that it belongs to counts on it.
 */
export async function* readPatch(file: File, name: string, generation: number): AsyncGenerator<PatchPage[]> {
  const damaged = (): StateError => new StateError('damaged', `${name} is damaged.`)
  const size = await file.size()
  const end = size - tailLength
  const head = new FieldReader(await readAt(file, 0, headLength))
  if (end < headLength) throw damaged()
  if (head.u64() !== magic || head.count() !== generation || !head.sealed()) throw damaged()
  const tail = new FieldReader(await readAt(file, end, tailLength))
  const count = tail.count()
  const checksum = tail.u32()
  if (!tail.sealed() || headLength + count * (8 + pageSize) !== end) throw damaged()
  const partLength = perPart * (8 + pageSize)
  let found = 0
  for (let at = headLength; at < end; at += partLength) {
    found = crc32(await readAt(file, at, Math.min(partLength, end - at)), found)
  }
  if (found !== checksum) throw damaged()
  for (let at = headLength; at < end; at += partLength) {
    const fields = new FieldReader(await readAt(file, at, Math.min(partLength, end - at)))
    const pages: PatchPage[] = []
    while (pages.length < perPart && fields.left > 0) {
      pages.push({ shard: fields.u32(), page: fields.u32(), bytes: fields.raw(pageSize) })
    }
    yield pages
  }
}
