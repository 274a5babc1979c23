import { bytesToHex, equalBytes } from './bytes.js'
import { emptyTrieRoot } from './constants.js'
import { KernelError } from './errors.js'
import { instantiate } from './load.js'

/** A trie inside a {@link TrieArena}; 0 is the empty one. Valid until the arena's `reset`. */
export type TrieRef = number & { readonly __brand?: 'TrieRef' }

/** Where an arena's nodes come from and go to. Hashes and nodes passed here are valid only during the call. */
export type TrieNodeStore = {
  /** The node with this keccak-256 hash, `undefined` when it is not kept. Its hash is checked. */
  load(hash: Uint8Array): Uint8Array | undefined
  /** A node that hashing made; children come before parents. */
  store?(hash: Uint8Array, node: Uint8Array): void
}

type TrieExports = {
  memory: WebAssembly.Memory
  init(): void
  keyBuffer(): number
  hashBuffer(): number
  valueBuffer(length: number): number
  hashKey(length: number): void
  open(): number
  get(root: number, keyLength: number): number
  foundAt(found: number): number
  foundLength(found: number): number
  put(root: number, keyLength: number, valueLength: number): number
  remove(root: number, keyLength: number): number
  rootHash(root: number): void
  prove(root: number, keyLength: number): void
  used(): number
  reset(): void
}

const maximumKeyLength = 1024

/**
 * Merkle Patricia tries in one WebAssembly instance. Nodes are loaded by hash when first needed, then shared by all
 * tries of the arena. Until `root` hashes it, a trie that was written to belongs to the writer: `put` and `remove` return
 * the new trie and use up the old one, unless that one was hashed.
 *
 * Every method throws {@link KernelError}: `missingNode` when the store does not have a node, `invalidNode` when its bytes
 * have another hash or are no node, `outOfMemory`. After a throw only tries that were hashed before are still good.
 */
export class TrieArena {
  readonly #wasm: TrieExports
  readonly #keyAt: number
  readonly #hashAt: number
  #memory: Uint8Array
  #proof: Uint8Array[] = []

  constructor(nodes: TrieNodeStore) {
    this.#wasm = instantiate<TrieExports>('fast/trie', {
      preimage: (hashAt: number, outAt: number, capacity: number): number => {
        const hash = this.#slice(hashAt, 32)
        const node = nodes.load(hash)
        if (!node) throw new KernelError('missingNode', `Trie node ${bytesToHex(hash)} is not in the store.`)
        if (node.length <= capacity) this.#view().set(node, outAt >>> 0)
        return node.length
      },
      emit: (hashAt: number, at: number, length: number): void =>
        nodes.store?.(this.#slice(hashAt, 32), this.#slice(at, length)),
      proofNode: (at: number, length: number): void => {
        this.#proof.push(this.#read(at, length))
      },
      corrupt: (hashAt: number): void => {
        const hash = bytesToHex(this.#read(hashAt, 32))
        throw new KernelError('invalidNode', `The bytes stored for trie node ${hash} do not have that hash.`)
      },
    })
    this.#wasm.init()
    this.#memory = new Uint8Array(this.#wasm.memory.buffer)
    this.#keyAt = this.#wasm.keyBuffer()
    this.#hashAt = this.#wasm.hashBuffer()
  }

  /** Bytes that nodes take. Bound it by `reset`. */
  get used(): number {
    return this.#wasm.used() >>> 0
  }

  /** Forgets all nodes and tries. */
  reset(): void {
    this.#wasm.reset()
  }

  /** The trie with this root hash. */
  open(root: Uint8Array): TrieRef {
    if (equalBytes(root, emptyTrieRoot)) return 0
    this.#view().set(root, this.#hashAt)
    return this.#guard(() => this.#wasm.open())
  }

  /** A copy of the value, `undefined` when absent. `secure`: the trie's key is the key's keccak-256. */
  get(trie: TrieRef, key: Uint8Array, secure = false): Uint8Array | undefined {
    const length = this.#setKey(key, secure)
    const found = this.#guard(() => this.#wasm.get(trie, length))
    return found === 0 ? undefined : this.#read(this.#wasm.foundAt(found), this.#wasm.foundLength(found))
  }

  /** An empty value removes the key. */
  put(trie: TrieRef, key: Uint8Array, value: Uint8Array, secure = false): TrieRef {
    if (value.length === 0) return this.remove(trie, key, secure)
    const length = this.#setKey(key, secure)
    return this.#guard(() => {
      const at = this.#wasm.valueBuffer(value.length) >>> 0
      this.#view().set(value, at)
      return this.#wasm.put(trie, length, value.length)
    })
  }

  remove(trie: TrieRef, key: Uint8Array, secure = false): TrieRef {
    const length = this.#setKey(key, secure)
    return this.#guard(() => this.#wasm.remove(trie, length))
  }

  /** The root hash; emits the nodes that are new. The trie may be shared from here on. */
  root(trie: TrieRef): Uint8Array {
    this.#guard(() => this.#wasm.rootHash(trie))
    return this.#read(this.#hashAt, 32)
  }

  /** RLP nodes from the root down that prove the key's presence or absence. The trie must be hashed. */
  prove(trie: TrieRef, key: Uint8Array, secure = false): Uint8Array[] {
    const length = this.#setKey(key, secure)
    this.#proof = []
    this.#guard(() => this.#wasm.prove(trie, length))
    return this.#proof
  }

  #setKey(key: Uint8Array, secure: boolean): number {
    if (key.length > maximumKeyLength)
      throw new RangeError(`Trie key is longer than ${maximumKeyLength} bytes.`)
    this.#view().set(key, this.#keyAt)
    if (!secure) return key.length
    this.#wasm.hashKey(key.length)
    return 32
  }

  #guard<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error
      const full = this.#wasm.memory.buffer.byteLength > 0xf000_0000
      throw full
        ? new KernelError('outOfMemory', 'Trie nodes fill the 4 GiB of WebAssembly memory.', { cause: error })
        : new KernelError('invalidNode', 'Bytes that should be a trie node are none.', { cause: error })
    }
  }

  #view(): Uint8Array {
    // Growth detaches the buffer, which then has length 0.
    if (this.#memory.length === 0) this.#memory = new Uint8Array(this.#wasm.memory.buffer)
    return this.#memory
  }

  /** A copy. */
  #read(at: number, length: number): Uint8Array {
    const start = at >>> 0
    return this.#view().slice(start, start + length)
  }

  #slice(at: number, length: number): Uint8Array {
    const start = at >>> 0
    return this.#view().subarray(start, start + length)
  }
}
