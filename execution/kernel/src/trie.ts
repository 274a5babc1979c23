import { bigIntToBytes, bytesToHex } from './bytes.js'
import { keccak256 } from './keccak.js'
import { encode } from './rlp.js'
import { TrieArena, type TrieNodeStore, type TrieRef } from './trieArena.js'

/** One Merkle Patricia trie, for uses apart from the chain's state: proofs, transaction and receipt roots, tests. */
export class Trie {
  readonly #arena: TrieArena
  readonly #secure: boolean
  #trie: TrieRef

  /** `secure` tries are keyed by the keccak-256 of the key (account and storage tries). */
  constructor(options: { nodes?: TrieNodeStore; root?: Uint8Array; secure?: boolean } = {}) {
    this.#arena = new TrieArena(options.nodes ?? { load: () => undefined })
    this.#secure = options.secure ?? false
    this.#trie = options.root ? this.#arena.open(options.root) : 0
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#arena.get(this.#trie, key, this.#secure)
  }

  /** An empty value removes the key. */
  put(key: Uint8Array, value: Uint8Array): void {
    this.#trie = this.#arena.put(this.#trie, key, value, this.#secure)
  }

  delete(key: Uint8Array): void {
    this.#trie = this.#arena.remove(this.#trie, key, this.#secure)
  }

  root(): Uint8Array {
    return this.#arena.root(this.#trie)
  }

  /** RLP nodes from the root down that prove presence or absence. */
  prove(key: Uint8Array): Uint8Array[] {
    this.root()
    return this.#arena.prove(this.#trie, key, this.#secure)
  }
}

let scratch: TrieArena | undefined

/** Root of the trie that maps rlp(index) to each value: transactions, receipts, withdrawals of a block. */
export function orderedTrieRoot(values: Uint8Array[]): Uint8Array {
  scratch ??= new TrieArena({ load: () => undefined })
  scratch.reset()
  let trie: TrieRef = 0
  for (const [index, value] of values.entries()) {
    if (value.length === 0) throw new RangeError('An ordered trie has no empty values.')
    trie = scratch.put(trie, encode(bigIntToBytes(BigInt(index))), value)
  }
  return scratch.root(trie)
}

/**
 * The value that a proof shows for `key` under `root`, `undefined` if it shows absence. The key is taken as it is in the trie
 * (hash it first for account and storage tries).
 *
 * @throws {KernelError} `missingNode` or `invalidNode` when the nodes do not prove either.
 */
export function verifyTrieProof(
  root: Uint8Array,
  key: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  const byHash = new Map(proof.map((node) => [bytesToHex(keccak256(node)), node]))
  return new Trie({ root, nodes: { load: (hash) => byHash.get(bytesToHex(hash)) } }).get(key)
}
