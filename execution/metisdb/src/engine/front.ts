import { randomBytes } from 'node:crypto'
import { kernelModule } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import type { Account, NativeState } from '../interface.js'
import { systemMapper } from './mapping.js'

type Exports = Pick<NativeState, 'account' | 'storage' | 'hasStorage' | 'word'> & {
  table: WebAssembly.Table
  create(accountBits: number, slotBits: number, secret: bigint): void
  join(thread: number, firstFunction: number): void
  resultAt(): number
  statesAt(): number
  tablesAt(): number
  inputAt(): number
  groupsAt(): number
  partition(length: number, hashed: boolean): void
  beginEpoch(): void
  endEpoch(version: bigint): void
  clearAccounts(): void
  clearSlots(): void
  clearToEmpty(): void
  hotBatch(at: number, end: number): void
  entryOf(a: number, b: number, c: number, d: number, e: number): number
  findAccounts(keys: number, count: number, out: number): void
  readAccount(state: number, a: number, b: number, c: number, d: number, e: number): number
  readHashed(state: number): number
  readLeaf(shard: number, leaf: number): number
  readSlot(state: number, a: number, b: number, c: number, d: number, e: number): number
  hashAddress(a: number, b: number, c: number, d: number, e: number): void
  readHasStorage(state: number, a: number, b: number, c: number, d: number, e: number): number
}

/** Functions of an arena's instance that the front calls. */
export type ShardFunctions = {
  lookUp(trie: number, depth: number, k0: bigint, k1: bigint, k2: bigint, k3: bigint): number
  peek(at: number): bigint
}

/** A state as the front needs it: what hangs below each first nibble. */
export type Subtries = { readonly refs: Uint32Array }

/** Entries of a batch whose accounts are in one shard, in the order of their hashed addresses, and these. */
export type Group = { entries: Uint8Array; keys: Uint8Array }

export type HotSize = { accountBits: number; slotBits: number }

/** What another thread needs to read the same states. */
export type SharedFront = HotSize & {
  memory: WebAssembly.Memory
  module: WebAssembly.Module
  secret: bigint
}

const pageBytes = 65536
const accountBytes = 128
const slotBytes = 96
const stateBytes = 128
/** One more is for states that got no place of their own. */
const maximumStates = 65535
const maximumThreads = 64
const largeTables = 64 * 1024 * 1024

/**
 * What stands before the arenas, in WebAssembly: tables of hot accounts and slots, reading of any state by address, and sorting of
 * what is to be written. Each thread that reads has one over the same memory; only the first thread's writes.
 */
export class Front {
  readonly exports: Exports
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly inputAt: number
  readonly #shared: SharedFront
  readonly #longs: BigUint64Array
  readonly #emptyCodeHash: Uint8Array
  readonly #result: number
  readonly #statesAt: number
  readonly #states = new WeakMap<Subtries, NativeState>()
  readonly #numbers = new WeakMap<Subtries, bigint>()
  readonly #freeStates: number[] = []
  readonly #unreachable: FinalizationRegistry<number>
  #usedStates = 0
  #lastNumber = 0n

  /**
   * @param shards of this thread
   * @param thread 0 for the one that writes, another number below 64 for each of the others
   */
  constructor(
    tables: HotSize | SharedFront,
    shards: readonly ShardFunctions[],
    emptyCodeHash: Uint8Array,
    thread = 0,
  ) {
    if (thread >= maximumThreads) throw new RangeError(`At most ${maximumThreads} threads can read a state.`)
    this.#shared = 'memory' in tables ? tables : newTables(tables)
    this.#emptyCodeHash = emptyCodeHash
    const { memory, module, accountBits, slotBits, secret } = this.#shared
    this.exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Exports
    this.exports.create(accountBits, slotBits, secret)
    const { table } = this.exports
    const first = table.grow(2 * shards.length)
    for (const [index, { lookUp, peek }] of shards.entries()) {
      table.set(first + 2 * index, lookUp)
      table.set(first + 2 * index + 1, peek)
    }
    this.exports.join(thread, first)
    this.bytes = new Uint8Array(memory.buffer)
    this.words = new Uint32Array(memory.buffer)
    this.#longs = new BigUint64Array(memory.buffer)
    this.inputAt = this.exports.inputAt()
    this.#result = this.exports.resultAt()
    this.#statesAt = this.exports.statesAt()
    this.#unreachable = new FinalizationRegistry((state) => this.#freeStates.push(state))
  }

  share(): SharedFront {
    return this.#shared
  }

  /** The state for readers in WebAssembly; `undefined` when there are too many at a time. It lasts as long as `state` can be reached. */
  native(state: Subtries): NativeState | undefined {
    const known = this.#states.get(state)
    if (known) return known
    const index =
      this.#freeStates.pop() ?? (this.#usedStates < maximumStates ? this.#usedStates++ : undefined)
    if (index === undefined) return undefined
    const at = this.#statesAt + index * stateBytes
    this.#write(at, state)
    const { account, storage, hasStorage, word } = this.exports
    const native = { account, storage, hasStorage, word, state: at }
    this.#states.set(state, native)
    this.#unreachable.register(native, index)
    return native
  }

  /** Where the state is for the functions below, and in all threads while it can be reached; at worst until the next call. */
  place(state: Subtries): number {
    const native = this.native(state)
    if (native) return native.state
    const at = this.#statesAt + maximumStates * stateBytes
    this.#write(at, state)
    return at
  }

  /** Names the state in the tables. */
  numberOf(state: Subtries): bigint {
    let number = this.#numbers.get(state)
    if (number === undefined) {
      number = ++this.#lastNumber
      this.#numbers.set(state, number)
    }
    return number
  }

  account(place: number, address: Uint8Array): Account | undefined {
    const found = this.exports.readAccount(
      place,
      wordOf(address, 0),
      wordOf(address, 4),
      wordOf(address, 8),
      wordOf(address, 12),
      wordOf(address, 16),
    )
    return found === 0 ? undefined : this.#account(found === 2)
  }

  /** The account by the keccak-256 of its address. */
  hashedAccount(place: number, key: Uint8Array): Account | undefined {
    const result = this.#result
    for (let i = 0; i < 32; i++) this.bytes[result + i] = key[i]!
    const found = this.exports.readHashed(place)
    return found === 0 ? undefined : this.#account(found === 2)
  }

  /** The account in a leaf of a shard. */
  accountIn(shard: number, leaf: number): Account {
    return this.#account(this.exports.readLeaf(shard, leaf) === 2)
  }

  /** 32 bytes, `undefined` for zero. */
  storage(place: number, address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    const result = this.#result
    this.bytes.set(slot, result)
    const found = this.exports.readSlot(
      place,
      wordOf(address, 0),
      wordOf(address, 4),
      wordOf(address, 8),
      wordOf(address, 12),
      wordOf(address, 16),
    )
    return found === 0 ? undefined : this.bytes.slice(result, result + 32)
  }

  hasStorage(place: number, address: Uint8Array): boolean {
    return (
      this.exports.readHasStorage(
        place,
        wordOf(address, 0),
        wordOf(address, 4),
        wordOf(address, 8),
        wordOf(address, 12),
        wordOf(address, 16),
      ) !== 0
    )
  }

  /** Keccak-256 of an address, in `bytes` from where it returns on until the next call. */
  hashedAddress(address: Uint8Array): number {
    this.exports.hashAddress(
      wordOf(address, 0),
      wordOf(address, 4),
      wordOf(address, 8),
      wordOf(address, 12),
      wordOf(address, 16),
    )
    return this.#result
  }

  /**
   * A batch by shards. `hashed`: its entries have 32 bytes of hashed address in place of the address; they come out with the last 20 of
   * these. What it returns is valid until the next call.
   */
  partition(batch: Uint8Array, hashed: boolean): (Group | undefined)[] {
    this.bytes.set(batch, this.inputAt)
    this.exports.partition(batch.length, hashed)
    const at = this.exports.groupsAt() >>> 2
    return Array.from({ length: 16 }, (_, index) => {
      const [entries, length, keys, count] = this.words.subarray(at + 4 * index, at + 4 * index + 4)
      if (count === 0) return undefined
      return {
        entries: this.bytes.subarray(entries, entries! + length!),
        keys: this.bytes.subarray(keys, keys! + 32 * count!),
      }
    })
  }

  #write(at: number, state: Subtries): void {
    this.#longs[at >>> 3] = this.numberOf(state)
    this.words.set(state.refs, (at + 8) >>> 2)
  }

  /** What the last read found. */
  #account(coded: boolean): Account {
    const result = this.#result
    return {
      nonce: this.#number(result),
      balance: this.#balance(result + 8),
      codeHash: coded ? this.bytes.slice(result + 40, result + 72) : this.#emptyCodeHash,
    }
  }

  #number(at: number): bigint {
    const word = at >>> 2
    return this.words[word + 1] === 0 ? BigInt(this.words[word]!) : this.#longs[at >>> 3]!
  }

  #balance(at: number): bigint {
    const long = at >>> 3
    const word = at >>> 2
    const { words } = this
    let balance = this.#longs[long]!
    if ((words[word + 2]! | words[word + 3]!) !== 0) balance |= this.#longs[long + 1]! << 64n
    if ((words[word + 4]! | words[word + 5]!) !== 0) balance |= this.#longs[long + 2]! << 128n
    if ((words[word + 6]! | words[word + 7]!) !== 0) balance |= this.#longs[long + 3]! << 192n
    return balance
  }
}

/** Four bytes as a number. */
export function wordOf(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function newTables({ accountBits, slotBits }: HotSize): SharedFront {
  const bytes = tablesAt + accountBytes * 2 ** accountBits + slotBytes * 2 ** slotBits
  const pages = Math.ceil(bytes / pageBytes)
  const memory = reserve(pages)
  const size = pages * pageBytes - tablesAt
  // A large page comes as a whole: small tables would take more than they have.
  if (size >= largeTables) systemMapper()?.enlarge(new Uint8Array(memory.buffer), tablesAt, size)
  return {
    memory,
    module: kernelModule('fast/metisdb-front'),
    accountBits,
    slotBits,
    secret: randomBytes(8).readBigUInt64LE(),
  }
}

/** `TABLES` of the kernel's metisdb/frontLayout.ts. */
const tablesAt = 26 * 1024 * 1024

function reserve(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
  } catch (cause) {
    throw new StateError('outOfMemory', 'The system grants no address space for hot tables of this size.', {
      cause,
    })
  }
}
