import { StateError } from '../errors.js'
import { crc32 } from './bytes.js'
import { type Mapper, memoryOfSystem, pageSize, systemMapper } from './mapping.js'

/** Where the kernel's module keeps its bitmaps and where the arena begins: its `metisdb/layout.ts`. */
const presentAt = 7 << 20
const dirtyAt = presentAt + (128 << 10)
export const wantedAt = dirtyAt + (128 << 10)
export const arenaAt = 8 << 20
const firstPage = arenaAt / pageSize

/** Sixteen shards of a size take half of the memory. */
const memoryShare = 32

/** Arenas from this size on take new memory in large pages, which are asked for this far ahead. */
const largeArena = 512 * 1024
const largeAhead = 64 * 1024 * 1024

/** How often a page is looked at before it counts as damaged. */
const looks = 4

/** Words of `state`. */
const imagePages = 0
const isMapped = 1

/** A file with the pages of an arena, page 0 first. */
export type Image = {
  name: string
  /** Reads a page at once. */
  readNow(into: Uint8Array, position: number): number
  descriptor: number | undefined
}

/** Zeros that take no memory until they are touched, which other buffers do not promise. */
function untouched(bytes: number): ArrayBufferLike {
  const pages = bytes / 65536
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer
}

export type SharedPages = { checksums: Uint32Array; state: Int32Array }

/**
 * Which pages of an arena are in memory, checked, and which changed since the last checkpoint. A page of the image is checked
 * against its CRC when it is touched first: a file that is mapped is there already, another one is read.
 *
 * Any thread may bring a page of a mapped file. Pages that must be read are all brought before a second thread comes.
 */
export class Pages {
  /** CRC of each page of the image. */
  readonly checksums: Uint32Array
  readonly #state: Int32Array
  readonly #index: number
  readonly #bytes: Uint8Array
  readonly #present: Uint8Array
  readonly #dirty: Uint8Array
  #image: Image | undefined
  #complete = true
  #largeTo = 0
  readonly #mapper: Mapper | undefined

  /** `shared`: what another thread has over the same memory; `mapper`: none where files are to be read. */
  constructor(
    index: number,
    bytes: Uint8Array,
    { shared, mapper }: { shared: SharedPages | undefined; mapper: Mapper | undefined },
  ) {
    this.#mapper = mapper
    this.#index = index
    this.#bytes = bytes
    const count = bytes.length / pageSize
    this.#present = bytes.subarray(presentAt, presentAt + count / 8)
    this.#dirty = bytes.subarray(dirtyAt, dirtyAt + count / 8)
    this.checksums = shared?.checksums ?? new Uint32Array(untouched(4 * count))
    this.#state = shared?.state ?? new Int32Array(new SharedArrayBuffer(8))
  }

  share(): SharedPages {
    return { checksums: this.checksums, state: this.#state }
  }

  /** Pages of the image. */
  get count(): number {
    return Atomics.load(this.#state, imagePages)
  }

  /**
   * Takes an image of `count` pages, whose CRCs are in `checksums`: maps its pages from `from` to `to` over the arena's, which must hold
   * nothing else unless they count as changed, and has them checked when they are touched next. Changed ones stay as they are. Without a
   * mapper pages that are not there are read.
   */
  use(image: Image, count: number, { from, to }: { from: number; to: number }): void {
    this.#image = image
    // First of all: from when they are forgotten on, other threads bring pages again, the new ones too.
    Atomics.store(this.#state, imagePages, count)
    if (this.#mapper && image.descriptor !== undefined && to > from) {
      // Of a state that is much of the memory, what lies beside a page is less likely to be wanted than what it would drive out.
      const readAhead = count * pageSize < memoryOfSystem() / memoryShare
      const kept = this.dirty()
        .filter((page) => page >= from && page < to)
        .map((page) => arenaAt + page * pageSize)
      const place = { at: arenaAt + from * pageSize, length: (to - from) * pageSize, readAhead, kept }
      const { descriptor } = image
      this.#mapper.map(this.#bytes, place, { descriptor, position: from * pageSize })
      Atomics.store(this.#state, isMapped, 1)
      this.forget(from, to)
    }
  }

  /** Whether any thread can bring what is not there: only from a file that is mapped, if there is anything to bring. */
  get anyThread(): boolean {
    return this.mapped || this.#complete
  }

  /** Whether files take the place of memory: what is not changed can leave it again. */
  get mapped(): boolean {
    return this.#mapper !== undefined
  }

  /**
   * Before something is added behind the arena's `top`, an address: a page of 4 KiB that the system has to bring costs as much as two
   * hashes, so that a large arena grows by large ones.
   */
  growFrom(top: number): void {
    if (top < this.#largeTo || top < arenaAt + largeArena) return
    const at = Math.ceil(top / pageSize) * pageSize
    const length = Math.min(largeAhead, this.#bytes.length - at)
    this.#mapper?.enlarge(this.#bytes, at, length)
    this.#largeTo = at + length / 2
  }

  /** Called by the kernel for a page that is not marked as present. @throws {StateError} `damaged` */
  fault(page: number): void {
    const index = page - firstPage
    if (index < 0 || index >= this.count) throw this.#damaged(index)
    const bytes = this.#bytes.subarray(page * pageSize, (page + 1) * pageSize)
    if (Atomics.load(this.#state, isMapped) === 0) {
      const length = this.#image?.readNow(bytes, index * pageSize) ?? 0
      if (length !== pageSize) throw this.#damaged(index)
    }
    if (!this.#isGood(page, bytes)) throw this.#damaged(index)
    Atomics.or(this.#present, page >>> 3, 1 << (page & 7))
  }

  /** Nothing is there any more, nor comes again: the memory goes back to the system now, not when JavaScript collects it. */
  close(): void {
    Atomics.store(this.#state, imagePages, 0)
    systemMapper()?.release(this.#bytes, 0, this.#bytes.length)
  }

  /** Brings a page of the arena if it is not there. */
  bring(index: number): void {
    if (!this.#isPresent(index + firstPage)) this.fault(index + firstPage)
  }

  /** Copies a page of the arena. @throws {StateError} `damaged` */
  copyTo(into: Uint8Array, index: number): void {
    this.bring(index)
    const at = arenaAt + index * pageSize
    into.set(this.#bytes.subarray(at, at + pageSize))
  }

  /** Brings all pages, so that nothing has to be read any more; they stay. */
  bringAll(): void {
    for (let index = 0; index < this.count; index++) this.bring(index)
    this.#complete = true
  }

  /** Pages of the arena that changed, ascending. */
  dirty(): number[] {
    const words = new Uint32Array(this.#dirty.buffer, this.#dirty.byteOffset, this.#dirty.length / 4)
    const last = this.#lastWord()
    const pages: number[] = []
    for (let i = firstPage / 32; i <= last; i++) {
      for (let word = words[i]!; word !== 0; word &= word - 1) {
        pages.push(i * 32 + 31 - Math.clz32(word & -word) - firstPage)
      }
    }
    return pages
  }

  /** How many pages changed. */
  dirtyCount(): number {
    const words = new Uint32Array(this.#dirty.buffer, this.#dirty.byteOffset, this.#dirty.length / 4)
    const last = this.#lastWord()
    let count = 0
    for (let i = firstPage / 32; i <= last; i++) {
      let word = words[i]!
      if (word === 0) continue
      word -= (word >>> 1) & 0x5555_5555
      word = (word & 0x3333_3333) + ((word >>> 2) & 0x3333_3333)
      count += Math.imul((word + (word >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
    }
    return count
  }

  /** Changes count anew from here on. */
  clearDirty(pages: readonly number[]): void {
    for (const index of pages) {
      const page = index + firstPage
      Atomics.and(this.#dirty, page >>> 3, ~(1 << (page & 7)))
    }
  }

  markDirty(pages: readonly number[]): void {
    for (const index of pages) {
      const page = index + firstPage
      Atomics.or(this.#dirty, page >>> 3, 1 << (page & 7))
    }
  }

  /** Pages from `from` to `to` are to be brought, and checked, when they are touched next, unless they count as changed. */
  forget(from: number, to: number): void {
    this.#complete = false
    const [first, end] = [from + firstPage, to + firstPage]
    for (let byte = first >>> 3; byte < (end + 7) >>> 3; byte++) {
      const before = byte === first >>> 3 ? (1 << (first & 7)) - 1 : 0
      const behind = byte === end >>> 3 ? -1 << (end & 7) : 0
      Atomics.and(this.#present, byte, this.#dirty[byte]! | before | behind)
    }
  }

  #lastWord(): number {
    const top = new DataView(this.#bytes.buffer).getUint32(arenaAt, true)
    return Math.floor(top / pageSize / 32)
  }

  #isPresent(page: number): boolean {
    return (Atomics.load(this.#present, page >>> 3) & (1 << (page & 7))) !== 0
  }

  /**
   * Another thread may bring, change and checkpoint the page while it is looked at here, so that bytes and CRC are of different times:
   * looked at again they agree. What is damaged never does.
   */
  #isGood(page: number, bytes: Uint8Array): boolean {
    for (let look = 0; look < looks; look++)
      if (crc32(bytes) === this.checksums[page - firstPage] || this.#isPresent(page)) return true
    return false
  }

  #damaged(index: number): StateError {
    const name = this.#image?.name ?? `shard ${this.#index}`
    return new StateError('damaged', `${name} is damaged: page ${index} is not what was written.`)
  }
}
