import { keccak256 } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import type { Account } from '../interface.js'
import { stateErrorOf } from '../lmdb/errors.js'
import { Front } from './front.js'
import { type Mapper, pageSize } from './mapping.js'
import { Shard } from './shard.js'
import { readResult, runTask, type Task, type TaskResult, taskWords, writeTask } from './task.js'
import { Threads } from './threads.js'
import { type Below, encodeTop, singleShard } from './top.js'
import type { NodeAt, Ref, Sealed, Trie } from './trie.js'

export const shardCount = 16
const high = 2 ** 32
/** Some three hundred accounts: with less, waking another thread takes longer than what it takes over. */
const parallelBytes = 24 * 1024
const withStorage = 4
const withCode = 8

/**
 * The state tries of all live versions: sixteen shards, each in a memory of its own. Nodes are immutable once sealed and shared
 * between versions; who frees them is up to {@link Versions}.
 */
export class Arena {
  readonly shards: readonly Shard[]
  readonly front: Front
  readonly empty: Trie = {
    refs: new Uint32Array(shardCount),
    hashes: new Uint8Array(32 * shardCount),
  }
  readonly #emptyCodeHash: Uint8Array
  readonly #emptyRoot: Uint8Array
  readonly #maximumBytes: number
  readonly #threads: Threads
  readonly #task = new Int32Array(taskWords)
  #hashingMs = 0
  #failure: StateError | undefined

  constructor(options: {
    emptyCodeHash: Uint8Array
    emptyRoot: Uint8Array
    maximumBytes: number
    hotBits: number
    mapper: Mapper | undefined
    /** Threads beside this one for large batches. */
    threads: number
  }) {
    this.#emptyCodeHash = options.emptyCodeHash
    this.#emptyRoot = options.emptyRoot
    this.#maximumBytes = options.maximumBytes
    this.shards = Array.from({ length: shardCount }, (_, index) => new Shard(index, options))
    this.#threads = new Threads(this.shards, options.threads)
    const { hotBits, emptyCodeHash } = options
    this.front = new Front(
      { accountBits: hotBits, slotBits: hotBits },
      this.shards.map(({ exports }) => exports),
      emptyCodeHash,
    )
  }

  /** Why the arena is good for nothing any more: something stopped in the middle of writing to it. */
  get failure(): StateError | undefined {
    return this.#failure
  }

  /** Runs what writes to the arena, or takes from it what nobody can repeat. @throws {StateError} which `failure` is from then on */
  guard<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      this.#failure ??=
        error instanceof WebAssembly.RuntimeError
          ? new StateError('outOfMemory', 'The memory of the state is full; open it again.', { cause: error })
          : stateErrorOf(error, 'of the state')
      throw this.#failure
    }
  }

  /** Bytes from the start of the arenas to their ends, free blocks included. */
  get size(): number {
    return this.shards.reduce((sum, { size }) => sum + size, 0)
  }

  /** Bytes in free blocks. */
  get unused(): number {
    return this.shards.reduce((sum, { unused }) => sum + unused, 0)
  }

  /** Bytes of pages that changed since the last checkpoint. */
  dirtyBytes(): number {
    return this.shards.reduce((sum, { pages }) => sum + pages.dirtyCount() * pageSize, 0)
  }

  /** Whether images are mapped. */
  get mapped(): boolean {
    return this.shards[0]!.pages.mapped
  }

  /** Keccak permutations that hashing tries has taken so far. */
  get permutations(): bigint {
    return this.shards.reduce((sum, { exports }) => sum + exports.permutationCount(), 0n)
  }

  /** Whether other threads wait for work: they come to life with the first large batch. */
  get threadsReady(): boolean {
    return this.#threads.ready
  }

  /** Batches that other threads worked on too. */
  get parallelBatches(): number {
    return this.#threads.rounds
  }

  /** Milliseconds that hashing tries has taken so far, those of all threads together. */
  get hashingMs(): number {
    return this.#hashingMs
  }

  /** Milliseconds that `count` keccak permutations take, two at a time as for nodes: the least that hashing can take. */
  permutationFloor(count: number): number {
    const started = performance.now()
    this.shards[0]!.exports.permutePairs(count / 2)
    return performance.now() - started
  }

  /**
   * Applies batches to a sealed trie and hashes what they made; `undefined` when they change nothing.
   *
   * @throws {StateError} `outOfMemory` before anything is written; another one, and what `failure` tells, is for good.
   */
  write(trie: Trie, batches: readonly Uint8Array[], hashed: boolean): Sealed | undefined {
    this.#assertRoom(batches, hashed)
    return this.guard(() => this.#write(trie, batches, hashed))
  }

  #write(trie: Trie, batches: readonly Uint8Array[], hashed: boolean): Sealed | undefined {
    const refs = trie.refs.slice()
    const replaced = new Uint32Array(shardCount)
    const bytes = batches.reduce((sum, { length }) => sum + length, 0)
    for (const [number, batch] of batches.entries()) {
      const seals = number === batches.length - 1
      const groups = this.front.partition(batch, hashed)
      const tasks = groups.flatMap((group, shard): Task[] => {
        const before = trie.refs[shard]!
        const ref = refs[shard]!
        if (!group) return seals && ref !== before ? [{ shard, before, ref, length: 0, hashed, seals }] : []
        this.shards[shard]!.put(group.entries, group.keys)
        return [{ shard, before, ref, length: group.entries.length, hashed, seals }]
      })
      for (const [index, result] of this.#run(tasks, bytes).entries()) {
        const { shard } = tasks[index]!
        refs[shard] = result.ref
        replaced[shard] = result.replaced
        this.#hashingMs += result.milliseconds
      }
    }
    if (refs.every((ref, index) => ref === trie.refs[index])) return undefined
    return this.#sealed(trie, refs, replaced)
  }

  #run(tasks: readonly Task[], bytes: number): TaskResult[] {
    if (bytes >= parallelBytes && tasks.length > 1 && this.shards.every(({ pages }) => pages.anyThread)) {
      this.#threads.start()
      if (this.#threads.ready) return this.#threads.run(tasks)
    }
    return tasks.map((task) => {
      writeTask(this.#task, 0, task)
      runTask(this.shards, this.#task, 0)
      return readResult(this.#task, 0)
    })
  }

  #sealed(before: Trie, refs: Uint32Array, replacedCounts: Uint32Array): Sealed {
    const hashes = before.hashes.slice()
    const made: (Uint32Array | undefined)[] = []
    const replaced: (Uint32Array | undefined)[] = []
    for (const [index, shard] of this.shards.entries()) {
      const ref = refs[index]!
      if (ref === before.refs[index]) continue
      const count = ref === 0 ? 0 : shard.exports.madeCount()
      made[index] = shard.references(0, count)
      replaced[index] = shard.references(count, replacedCounts[index]!)
      hashes.set(ref === 0 ? noHash : shard.read(shard.exports.rootAt(), 32), 32 * index)
    }
    return { refs, hashes, root: this.rootOf({ refs, hashes }), made, replaced }
  }

  /** Ends the threads and gives the memory back. */
  async close(): Promise<void> {
    await this.#threads.close()
    // Whatever garbage collection finds to free later is gone already.
    this.#failure ??= new StateError('closed', 'The state was closed.')
    for (const { pages } of this.shards) pages.close()
  }

  #assertRoom(batches: readonly Uint8Array[], hashed: boolean): void {
    const all = batches.reduce((sum, { length }) => sum + length, 0)
    const { size, unused } = this
    if (size + growthBound(all, size - unused) > this.#maximumBytes + unused) {
      throw outOfMemory(this.#maximumBytes)
    }
    // Seldom is so much of it used that it matters which one gets how much.
    if (this.shards.every((shard) => hasRoom(shard, all))) return
    const bytes = new Float64Array(shardCount)
    for (const batch of batches) {
      for (const [index, group] of this.front.partition(batch, hashed).entries()) {
        bytes[index]! += group?.entries.length ?? 0
      }
    }
    for (const [index, shard] of this.shards.entries()) {
      if (!hasRoom(shard, bytes[index]!)) throw outOfMemory(shard.limit)
    }
  }

  /** Gives a whole trie back. No other version may have any node of it. */
  freeTrie({ refs }: Trie): void {
    for (const [index, ref] of refs.entries()) if (ref !== 0) this.shards[index]!.freeTrie(ref)
  }

  /** The account's leaf, 0 when it does not exist. */
  findAccount({ refs }: Trie, address: Uint8Array): Ref {
    const key = keccak256(address)
    const index = key[0]! >> 4
    const trie = refs[index]!
    if (trie === 0) return 0
    const { bytes, exports } = this.shards[index]!
    const at = exports.keyAt()
    bytes.set(key, at)
    return refOf(index, exports.findAccount(trie, at))
  }

  readAccount(leaf: Ref): Account {
    const shard = this.#shardOf(leaf)
    const at = addressOf(leaf)
    const { view } = shard
    const flags = view.getUint8(at + 1)
    let from = at + 48 + (flags & withStorage ? 32 : 0)
    let codeHash = this.#emptyCodeHash
    if (flags & withCode) {
      codeHash = shard.read(from, 32)
      from += 32
    }
    let balance = 0n
    const end = from + view.getUint8(at + 2)
    while (end - from >= 8) {
      balance = (balance << 64n) | view.getBigUint64(from)
      from += 8
    }
    for (; from < end; from++) balance = (balance << 8n) | BigInt(view.getUint8(from))
    return { nonce: view.getBigUint64(at + 40, true), balance, codeHash }
  }

  storageOf(leaf: Ref): Ref {
    if (leaf === 0) return 0
    const index = Math.floor(leaf / high)
    return refOf(index, this.shards[index]!.exports.storageOf(addressOf(leaf)))
  }

  storageRootOf(leaf: Ref): Uint8Array {
    return this.storageOf(leaf) === 0 ? this.#emptyRoot : this.#shardOf(leaf).read(addressOf(leaf) + 48, 32)
  }

  /** 32 bytes, `undefined` for zero. */
  readSlot(storage: Ref, slot: Uint8Array): Uint8Array | undefined {
    if (storage === 0) return undefined
    const { bytes, exports } = this.#shardOf(storage)
    const keyAt = exports.keyAt()
    bytes.set(keccak256(slot), keyAt)
    const leaf = exports.find(addressOf(storage), keyAt) >>> 0
    if (leaf === 0) return undefined
    const length = bytes[leaf + 2]!
    const value = new Uint8Array(32)
    value.set(bytes.subarray(leaf + 40, leaf + 40 + length), 32 - length)
    return value
  }

  encoded({ ref, depth }: NodeAt): Uint8Array {
    const shard = this.#shardOf(ref)
    const end = shard.exports.encoded(addressOf(ref), depth) >>> 0
    const start = shard.exports.arenaTop() >>> 0
    return shard.read(start, end - start)
  }

  /** The nodes right below, with their hashes; an account's is the root of its storage. */
  below({ ref, depth }: NodeAt): Below[] {
    const index = Math.floor(ref / high)
    const shard = this.shards[index]!
    const end = shard.exports.below(addressOf(ref), depth) >>> 0
    const children: Below[] = []
    for (let at = shard.exports.arenaTop() >>> 0; at < end; at += 40) {
      const child = refOf(index, shard.view.getUint32(at + 32, true))
      children.push({
        hash: shard.read(at, 32),
        at: { ref: child, depth: shard.view.getUint32(at + 36, true) },
      })
    }
    return children
  }

  /** The trie's first node and what is below it, `undefined` when it is empty. */
  top(trie: Trie): { node: Uint8Array; below: Below[]; extended: boolean } | undefined {
    const single = singleShard(trie)
    if (single !== undefined) {
      const ref = refOf(single, trie.refs[single]!)
      if (!this.#isBranch(ref)) {
        return {
          node: this.encoded({ ref, depth: 0 }),
          below: this.below({ ref, depth: 0 }),
          extended: false,
        }
      }
    }
    const below = Array.from(trie.refs, (at, index) => ({ index, at }))
      .filter(({ at }) => at !== 0)
      .map(({ index, at }) => ({
        hash: trie.hashes.slice(32 * index, 32 * index + 32),
        at: { ref: refOf(index, at), depth: 1 },
      }))
    return below.length === 0 ? undefined : { node: encodeTop(trie), below, extended: single !== undefined }
  }

  rootOf(trie: Trie): Uint8Array {
    const top = this.top(trie)
    return top ? keccak256(top.node) : this.#emptyRoot
  }

  #shardOf(ref: Ref): Shard {
    return this.shards[Math.floor(ref / high)]!
  }

  #isBranch(ref: Ref): boolean {
    return this.#shardOf(ref).isBranch(addressOf(ref))
  }
}

/**
 * Bytes that applying batches can take at most: for each byte of a batch 16 of new nodes, and the paths above them, which are copied.
 * Of those an entry has some 3 KB, but all together not more than there are.
 */
function growthBound(batchBytes: number, used: number): number {
  return Math.min(96 * batchBytes, 16 * batchBytes + used)
}

function hasRoom({ size, unused, limit }: Shard, batchBytes: number): boolean {
  return batchBytes === 0 || size + growthBound(batchBytes, size - unused) <= limit + unused
}

const noHash = new Uint8Array(32)

function refOf(index: number, address: number): Ref {
  const at = address >>> 0
  return at === 0 ? 0 : index * high + at
}

function addressOf(ref: Ref): number {
  return ref % high
}

function outOfMemory(bytes: number): StateError {
  return new StateError('outOfMemory', `The state needs more than the ${bytes} bytes it may use.`)
}
