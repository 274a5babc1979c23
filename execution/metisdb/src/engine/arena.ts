import { instantiate, keccak256 } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import type { Account } from '../interface.js'

type Exports = {
  create(): void
  adopt(): void
  ensure(end: number): void
  freeze(): void
  thaw(): void
  arenaTop(): number
  arenaBase(): number
  inputAt(): number
  inputSize(): number
  keyAt(): number
  rootAt(): number
  hashKey(length: number): void
  find(trie: number, key: number): number
  kindOf(node: number): number
  storageOf(account: number): number
  apply(trie: number, length: number): number
  seal(trie: number): void
  sealEmpty(): void
  madeCount(): number
  replacedCount(): number
  free(count: number): void
  destroy(trie: number): void
  prove(trie: number, key: number): number
  encoded(node: number, depth: number): number
  below(node: number, depth: number): number
  permutationCount(): bigint
  permutePairs(count: number): void
}

/** A trie in the arena, 0 the empty one. */
export type Ref = number

/** What hashing a written trie gives: its root, and which nodes are its own and which it no longer has. */
export type Sealed = { root: Uint8Array; made: Uint32Array; replaced: Uint32Array }

/** A node by where it is. */
export type NodeAt = { ref: Ref; depth: number }

const withStorage = 4
const withCode = 8

/** The rest of the 4 GiB is for the lists that hashing makes. */
const hardLimit = 0xe000_0000

/**
 * The state tries of all live versions, in the memory of one kernel instance. Nodes are immutable once sealed and shared between
 * versions; who frees them is up to {@link Versions}.
 */
export class Arena {
  readonly #shared = new WebAssembly.Memory({ initial: 65536, maximum: 65536, shared: true })
  readonly #wasm = instantiate<Exports>('fast/metisdb', { memory: this.#shared, fault: () => {} })
  readonly #emptyCodeHash: Uint8Array
  readonly #maximumBytes: number
  readonly #keyAt: number
  readonly #base: number
  #bytes: Uint8Array
  #hashingMs = 0
  #view: DataView

  constructor(options: { emptyCodeHash: Uint8Array; emptyRoot: Uint8Array; maximumBytes: number }) {
    this.#emptyCodeHash = options.emptyCodeHash
    this.#emptyRoot = options.emptyRoot
    this.#maximumBytes = Math.min(options.maximumBytes, hardLimit)
    this.#keyAt = this.#wasm.keyAt()
    this.#base = this.#wasm.arenaBase()
    this.#wasm.create()
    this.#bytes = new Uint8Array(this.#shared.buffer)
    this.#view = new DataView(this.#shared.buffer)
  }
  readonly #emptyRoot: Uint8Array

  /** Bytes from the start of the arena to its end, free blocks included. */
  get size(): number {
    return (this.#wasm.arenaTop() >>> 0) - this.#base
  }

  /** Bytes in free blocks. */
  get unused(): number {
    return this.#words().getUint32(this.#base + 4, true)
  }

  /** Keccak permutations that hashing tries has taken so far. */
  get permutations(): bigint {
    return this.#wasm.permutationCount()
  }

  /**
   * Applies batches to a sealed trie. The same reference comes back when nothing changed; else `seal` must follow.
   *
   * @throws {StateError} `outOfMemory` before anything is written.
   */
  apply(trie: Ref, batches: readonly Uint8Array[]): Ref {
    const growth = this.#growthBound(batches.reduce((sum, batch) => sum + batch.length, 0))
    if (this.size + growth > this.#maximumBytes + this.unused) {
      throw new StateError(
        'outOfMemory',
        `The state needs more than the ${this.#maximumBytes} bytes it may use.`,
      )
    }
    let result = trie
    for (const batch of batches) {
      this.#memory().set(batch, this.#wasm.inputAt())
      result = this.#wasm.apply(result, batch.length) >>> 0
    }
    return result
  }

  /**
   * Bytes that applying batches can take at most: for each byte of a batch 16 of new nodes, and the paths above them, which are copied.
   * Of those an entry has some 3 KB, but all together not more than there are.
   */
  #growthBound(batchBytes: number): number {
    return Math.min(96 * batchBytes, 16 * batchBytes + this.size - this.unused)
  }

  seal(trie: Ref): Sealed {
    const started = performance.now()
    const sealed = this.#seal(trie)
    this.#hashingMs += performance.now() - started
    return sealed
  }

  /** Milliseconds that `seal` has taken so far. */
  get hashingMs(): number {
    return this.#hashingMs
  }

  /** Milliseconds that `count` keccak permutations take, two at a time as for nodes: the least that hashing can take. */
  permutationFloor(count: number): number {
    const started = performance.now()
    this.#wasm.permutePairs(count / 2)
    return performance.now() - started
  }

  #seal(trie: Ref): Sealed {
    if (trie === 0) {
      const count = this.#wasm.replacedCount()
      this.#wasm.sealEmpty()
      return { root: this.#emptyRoot, made: new Uint32Array(), replaced: this.#references(0, count) }
    }
    const count = this.#wasm.replacedCount()
    this.#wasm.seal(trie)
    const made = this.#wasm.madeCount()
    return {
      root: this.#read(this.#wasm.rootAt(), 32),
      made: this.#references(0, made),
      replaced: this.#references(made, count),
    }
  }

  /** Gives nodes back. No version may have them. */
  free(nodes: Uint32Array): void {
    const perCall = this.#wasm.inputSize() >>> 2
    for (let i = 0; i < nodes.length; i += perCall) {
      const part = nodes.subarray(i, i + perCall)
      new Uint32Array(this.#memory().buffer, this.#wasm.inputAt(), part.length).set(part)
      this.#wasm.free(part.length)
    }
  }

  /** Gives a whole trie back. No other version may have any node of it. */
  freeTrie(trie: Ref): void {
    this.#wasm.destroy(trie)
    const count = this.#wasm.replacedCount()
    this.#wasm.sealEmpty()
    this.free(this.#references(0, count))
  }

  /** The account's leaf, 0 when it does not exist. */
  findAccount(trie: Ref, address: Uint8Array): Ref {
    if (trie === 0) return 0
    this.#setKey(address)
    return this.#wasm.find(trie, this.#keyAt) >>> 0
  }

  readAccount(leaf: Ref): Account {
    const view = this.#words()
    const flags = view.getUint8(leaf + 1)
    let at = leaf + 48 + (flags & withStorage ? 32 : 0)
    let codeHash = this.#emptyCodeHash
    if (flags & withCode) {
      codeHash = this.#read(at, 32)
      at += 32
    }
    let balance = 0n
    const end = at + view.getUint8(leaf + 2)
    while (end - at >= 8) {
      balance = (balance << 64n) | view.getBigUint64(at)
      at += 8
    }
    for (; at < end; at++) balance = (balance << 8n) | BigInt(view.getUint8(at))
    return { nonce: view.getBigUint64(leaf + 40, true), balance, codeHash }
  }

  storageOf(leaf: Ref): Ref {
    return leaf === 0 ? 0 : this.#wasm.storageOf(leaf) >>> 0
  }

  storageRootOf(leaf: Ref): Uint8Array {
    return this.storageOf(leaf) === 0 ? this.#emptyRoot : this.#read(leaf + 48, 32)
  }

  /** 32 bytes, `undefined` for zero. */
  readSlot(storage: Ref, slot: Uint8Array): Uint8Array | undefined {
    if (storage === 0) return undefined
    this.#setKey(slot)
    const leaf = this.#wasm.find(storage, this.#keyAt) >>> 0
    if (leaf === 0) return undefined
    const length = this.#words().getUint8(leaf + 2)
    const value = new Uint8Array(32)
    value.set(this.#memory().subarray(leaf + 40, leaf + 40 + length), 32 - length)
    return value
  }

  /** RLP nodes from the root towards the hashed key. */
  prove(trie: Ref, key: Uint8Array): Uint8Array[] {
    if (trie === 0) return []
    this.#setKey(key)
    const end = this.#wasm.prove(trie, this.#keyAt) >>> 0
    const nodes: Uint8Array[] = []
    for (let at = this.#wasm.arenaTop() >>> 0; at < end; ) {
      const length = this.#words().getUint32(at, true)
      nodes.push(this.#read(at + 4, length))
      at += 4 + length
    }
    return nodes
  }

  encoded({ ref, depth }: NodeAt): Uint8Array {
    const end = this.#wasm.encoded(ref, depth) >>> 0
    const start = this.#wasm.arenaTop() >>> 0
    return this.#read(start, end - start)
  }

  /** Root hash of a sealed trie. */
  rootOf(trie: Ref): Uint8Array {
    return trie === 0 ? this.#emptyRoot : keccak256(this.encoded({ ref: trie, depth: 0 }))
  }

  /** The nodes right below, with their hashes; an account's is the root of its storage. */
  below({ ref, depth }: NodeAt): { hash: Uint8Array; at: NodeAt }[] {
    const end = this.#wasm.below(ref, depth) >>> 0
    const children: { hash: Uint8Array; at: NodeAt }[] = []
    for (let at = this.#wasm.arenaTop() >>> 0; at < end; at += 40) {
      const view = this.#words()
      children.push({
        hash: this.#read(at, 32),
        at: { ref: view.getUint32(at + 32, true), depth: view.getUint32(at + 36, true) },
      })
    }
    return children
  }

  /** From here on the first `size` bytes stay as they are, but for the first 4096 (copy those at once), until `thaw`. */
  freeze(): void {
    this.#wasm.freeze()
  }

  thaw(): void {
    this.#wasm.thaw()
  }

  /** A copy of a part of the image. */
  image(from: number, to: number): Uint8Array {
    return this.#read(this.#base + from, to - from)
  }

  /** Fills an empty arena with an image: `read` is given the memory to fill. */
  async load(size: number, read: (into: Uint8Array) => Promise<void>): Promise<void> {
    this.#wasm.ensure(this.#base + size)
    await read(this.#memory().subarray(this.#base, this.#base + size))
    this.#wasm.adopt()
  }

  #setKey(key: Uint8Array): void {
    this.#memory().set(key, this.#keyAt)
    this.#wasm.hashKey(key.length)
  }

  /** References that the kernel wrote above the arena. */
  #references(from: number, count: number): Uint32Array {
    const at = (((this.#wasm.arenaTop() >>> 0) + 7) & ~7) >>> 0
    return new Uint32Array(this.#memory().buffer, at + 4 * from, count).slice()
  }

  #read(at: number, length: number): Uint8Array {
    const start = at >>> 0
    return this.#memory().slice(start, start + length)
  }

  #memory(): Uint8Array {
    // Growth detaches the buffer, which then has length 0.
    if (this.#bytes.length === 0) this.#renew()
    return this.#bytes
  }

  #words(): DataView {
    if (this.#bytes.length === 0) this.#renew()
    return this.#view
  }

  #renew(): void {
    this.#bytes = new Uint8Array(this.#shared.buffer)
    this.#view = new DataView(this.#shared.buffer)
  }
}
