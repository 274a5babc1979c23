import { StateError } from '../errors.js'
import { type Mapper, pageSize } from './mapping.js'
import { arenaAt, type Pages, wantedAt } from './pages.js'

/** The kernel's words for it: its `metisdb/layout.ts`. */
const savedWord = (1 << 16) / 4
const capacityWord = savedWord + 7
const firstPage = arenaAt / pageSize

type Kernel = { usableEnd(): number; savedPagesAt(): number; savedRoom(): number }

/**
 * Pages of an arena as they were when a checkpoint began. Blocks are taken and given back meanwhile as always: who changes a page
 * that the checkpoint has yet to read, in whatever thread, leaves a copy of it behind.
 */
export class Frozen {
  /** How many copies there may be. */
  capacity: number
  readonly #bytes: Uint8Array
  readonly #words: Uint32Array
  readonly #wanted: Uint8Array
  readonly #kernel: Kernel
  readonly #pages: Pages
  readonly #mapper: Mapper | undefined
  /** Where the copies of pages are. */
  readonly #copies = new Map<number, number>()

  constructor(
    bytes: Uint8Array,
    kernel: Kernel,
    { pages, mapper }: { pages: Pages; mapper?: Mapper | undefined },
  ) {
    this.#bytes = bytes
    this.#words = new Uint32Array(bytes.buffer)
    this.#wanted = bytes.subarray(wantedAt, wantedAt + bytes.length / pageSize / 8)
    this.#kernel = kernel
    this.#pages = pages
    this.#mapper = mapper
    this.capacity = kernel.savedRoom()
  }

  /** From now on `copyTo` gives these pages as they are now, once each. They count as not changed. */
  begin(pages: Iterable<number>): void {
    this.#words[capacityWord] = this.capacity
    for (const index of pages) {
      const page = index + firstPage
      this.#wanted[page >>> 3]! |= 1 << (page & 7)
    }
  }

  /** @throws {StateError} `damaged`; `outOfMemory` when more was changed since than copies are kept of */
  copyTo(into: Uint8Array, index: number): void {
    const page = index + firstPage
    const bit = 1 << (page & 7)
    if ((this.#wanted[page >>> 3]! & bit) !== 0) {
      this.#pages.copyTo(into, index)
      this.#wanted[page >>> 3]! &= ~bit
      return
    }
    this.#findCopies()
    const at = this.#copies.get(page)
    if (at === undefined) {
      throw new StateError('outOfMemory', 'More was changed during a checkpoint than it may keep copies of.')
    }
    into.set(this.#bytes.subarray(at, at + pageSize))
  }

  /** No copies are made or needed any more. */
  end(): void {
    const saved = Math.min(this.#words[savedWord]!, this.capacity)
    this.#wanted.fill(0)
    this.#words[savedWord] = 0
    this.#copies.clear()
    if (saved > 0) {
      this.#mapper?.release(this.#bytes, this.#kernel.savedPagesAt() >>> 0, saved * pageSize)
    }
  }

  #findCopies(): void {
    const saved = Math.min(this.#words[savedWord]!, this.capacity)
    const numbers = (this.#kernel.usableEnd() >>> 0) / 4
    const pagesAt = this.#kernel.savedPagesAt() >>> 0
    for (let slot = this.#copies.size; slot < saved; slot++) {
      this.#copies.set(this.#words[numbers + slot]!, pagesAt + slot * pageSize)
    }
  }
}
