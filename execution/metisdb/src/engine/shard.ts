import { kernelModule } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import { Frozen } from './frozen.js'
import { type Mapper, pageSize } from './mapping.js'
import { arenaAt, type Image, Pages, type SharedPages } from './pages.js'

/** What one instance of the kernel's shard module offers; see its `entry/metisdb.ts`. */
export type ShardExports = {
  create(): void
  adopt(): void
  setDepth(depth: number): void
  arenaTop(): number
  inputAt(): number
  inputSize(): number
  keysAt(): number
  keyAt(): number
  rootAt(): number
  find(trie: number, key: number): number
  findAccount(trie: number, key: number): number
  lookUp(trie: number, depth: number, k0: bigint, k1: bigint, k2: bigint, k3: bigint): number
  peek(at: number): bigint
  kindOf(node: number): number
  storageOf(account: number): number
  applyKeyed(trie: number, length: number, hashed: boolean): number
  seal(trie: number): void
  sealEmpty(): void
  madeCount(): number
  replacedCount(): number
  free(count: number): void
  destroy(trie: number): void
  prove(trie: number, key: number): void
  proveAccount(trie: number, key: number): void
  proofAt(): number
  witness(trie: number, depth: number, count: number): number
  witnessEnd(): number
  hashKey(length: number): void
  encoded(node: number, depth: number): number
  below(node: number, depth: number): number
  permutationCount(): bigint
  permutePairs(count: number): void
  usableEnd(): number
  savedPagesAt(): number
  savedRoom(): number
}

/** A memory that several threads have, and what they must know about what is in it. */
export type SharedShard = SharedPages & { memory: WebAssembly.Memory; module: WebAssembly.Module }

/** 4 GiB, or less where a process may not have as much address space. Untouched memory takes none. */
const sizes = [65536, 32768, 8192, 2048]

function reserve(): WebAssembly.Memory {
  for (const [index, pages] of sizes.entries()) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
    } catch (error) {
      if (index === sizes.length - 1) {
        throw new StateError('outOfMemory', 'The system grants no address space for the state.', {
          cause: error,
        })
      }
    }
  }
  throw new Error('unreachable')
}

/**
 * The account subtrie below one first nibble with the storage tries of its accounts, as this thread sees it: a memory of its own, an
 * instance of the kernel over it, and the pages of its file.
 */
export class Shard {
  readonly exports: ShardExports
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly view: DataView
  readonly pages: Pages
  readonly frozen: Frozen
  readonly #memory: WebAssembly.Memory
  readonly #module: WebAssembly.Module

  /** With `shared`, another thread's; else an empty one. */
  constructor(index: number, { shared, mapper }: { shared?: SharedShard; mapper: Mapper | undefined }) {
    this.#memory = shared?.memory ?? reserve()
    this.bytes = new Uint8Array(this.#memory.buffer)
    this.words = new Uint32Array(this.#memory.buffer)
    this.view = new DataView(this.#memory.buffer)
    this.pages = new Pages(index, this.bytes, { shared, mapper })
    // All threads have the same program, whatever has become of its file: they share what it has laid out in the memory.
    this.#module = shared?.module ?? kernelModule('fast/metisdb')
    const env = { memory: this.#memory, fault: (page: number) => this.pages.fault(page >>> 0) }
    this.exports = new WebAssembly.Instance(this.#module, { env }).exports as ShardExports
    this.frozen = new Frozen(this.bytes, this.exports, { pages: this.pages, mapper })
    if (shared) return
    this.exports.create()
    this.exports.setDepth(1)
  }

  share(): SharedShard {
    return { memory: this.#memory, module: this.#module, ...this.pages.share() }
  }

  /** Bytes from the start of the arena to its end, free blocks included. */
  get size(): number {
    return (this.exports.arenaTop() >>> 0) - arenaAt
  }

  /** Bytes in free blocks. */
  get unused(): number {
    return this.view.getUint32(arenaAt + 4, true)
  }

  /** What it can grow to: the rest is for the lists that hashing makes. */
  get limit(): number {
    return Math.floor((this.bytes.length * 7) / 8)
  }

  isBranch(node: number): boolean {
    this.pages.bring(Math.floor((node - arenaAt) / pageSize))
    return this.exports.kindOf(node) === branch
  }

  read(at: number, length: number): Uint8Array {
    const start = at >>> 0
    return this.bytes.slice(start, start + length)
  }

  /**
   * Takes an image of `size` bytes for an empty arena; its CRCs are in `pages.checksums`.
   *
   * @throws {StateError} `damaged`
   */
  load(image: Image, size: number): void {
    const count = Math.ceil(size / pageSize)
    this.pages.clearDirty([0])
    this.pages.use(image, count, { from: 0, to: count })
    this.pages.forget(0, count)
    this.pages.bring(0)
    // New blocks go behind what is used of the last page.
    this.pages.bring(count - 1)
    this.exports.adopt()
    if (this.size !== size) throw new StateError('damaged', `${image.name} has another size than it says.`)
  }

  /** Puts a batch where the kernel applies it. */
  put(entries: Uint8Array, keys: Uint8Array): void {
    this.pages.growFrom(this.exports.arenaTop() >>> 0)
    this.bytes.set(entries, this.exports.inputAt())
    this.bytes.set(keys, this.exports.keysAt())
  }

  /** References that the kernel wrote above the arena. */
  references(from: number, count: number): Uint32Array {
    if (count === 0) return noReferences
    const at = (((this.exports.arenaTop() >>> 0) + 7) & ~7) >>> 0
    return new Uint32Array(this.bytes.buffer, at + 4 * from, count).slice()
  }

  /** Gives nodes back. No version may have them. */
  free(nodes: Uint32Array): void {
    const perCall = this.exports.inputSize() >>> 2
    for (let i = 0; i < nodes.length; i += perCall) {
      const part = nodes.subarray(i, i + perCall)
      new Uint32Array(this.bytes.buffer, this.exports.inputAt(), part.length).set(part)
      this.exports.free(part.length)
    }
  }

  /** Gives a whole trie back. No other version may have any node of it. */
  freeTrie(trie: number): void {
    this.exports.destroy(trie)
    const count = this.exports.replacedCount()
    this.exports.sealEmpty()
    this.free(this.references(0, count))
  }
}

const branch = 1
const noReferences = new Uint32Array()
