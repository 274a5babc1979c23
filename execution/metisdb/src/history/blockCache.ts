import { blockSize, headsOf, maximumEntries } from './block.js'

/** For each block of a file: one more than its number in the cache, 0 when it is not there. */
export type CachedBlocks = Uint32Array

/**
 * Blocks of segments, at most so many as fit in some bytes; of those that were not read for a while one goes when another comes. They lie
 * in one piece of memory, which the system gives as it is used: each object on the way to a block would be one more miss of
 * the processor's caches.
 */
export class BlockCache {
  /** Blocks one behind the other. */
  readonly bytes: Uint8Array
  /** For each `maximumEntries` numbers, see block.ts. */
  readonly heads: Uint32Array
  readonly #owners: (CachedBlocks | undefined)[]
  readonly #indexes: Uint32Array
  /** Whether it was read since the hand came by. */
  readonly #read: Uint8Array
  #hand = 0

  constructor(maximumBytes: number) {
    const count = Math.max(1, Math.floor(maximumBytes / (blockSize + 4 * maximumEntries)))
    this.bytes = new Uint8Array(count * blockSize)
    this.heads = new Uint32Array(count * maximumEntries)
    this.#owners = new Array(count).fill(undefined)
    this.#indexes = new Uint32Array(count)
    this.#read = new Uint8Array(count)
  }

  /** The number of the block, `undefined` when it is not there. It is good until the next one comes. */
  get(blocks: CachedBlocks, index: number): number | undefined {
    const place = blocks[index]!
    if (place === 0) return undefined
    this.#read[place - 1] = 1
    return place - 1
  }

  put(blocks: CachedBlocks, index: number, block: Uint8Array): number {
    const place = this.#free()
    this.bytes.set(block, place * blockSize)
    headsOf(block, this.heads, place * maximumEntries)
    this.#owners[place] = blocks
    this.#indexes[place] = index
    this.#read[place] = 1
    blocks[index] = place + 1
    return place
  }

  forget(blocks: CachedBlocks): void {
    for (const [place, owner] of this.#owners.entries()) if (owner === blocks) this.#release(place)
  }

  #free(): number {
    for (;;) {
      const place = this.#hand
      this.#hand = place + 1 === this.#owners.length ? 0 : place + 1
      if (this.#read[place] === 0) {
        this.#release(place)
        return place
      }
      this.#read[place] = 0
    }
  }

  #release(place: number): void {
    const owner = this.#owners[place]
    if (owner) owner[this.#indexes[place]!] = 0
    this.#owners[place] = undefined
    this.#read[place] = 0
  }
}
