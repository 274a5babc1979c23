import { emptyTrieRoot, equalBytes, KernelError, TrieArena, type TrieRef } from '@metis-stack/kernel'
import { StateError } from './errors.js'
import { keyOf } from './key.js'
import type { Layer } from './layer.js'
import type { Store } from './store.js'

/**
 * The decoded tries of all views of one state, in one arena: this is the cache of nodes. When it exceeds its limit it is
 * emptied between two calls; references therefore never outlive a call of {@link Tries.use}.
 */
export class Tries {
  readonly #arena: TrieArena
  readonly #maximumBytes: number
  /** Tries in the arena by root hash. */
  readonly #open = new Map<string, TrieRef>()
  #active = false
  #layer: Layer | undefined
  #emitTo: Layer | undefined

  constructor(store: Store, maximumBytes: number) {
    this.#maximumBytes = maximumBytes
    this.#arena = new TrieArena({
      load: (hash) => this.#layer?.node(hash) ?? store.node(hash),
      store: (hash, node) => this.#emitTo?.addNode(hash, node),
    })
  }

  /**
   * Runs `action` on the arena. Nodes are looked up in `layer` and below it before the store; nodes that hashing makes go to
   * `emitTo`. Calls may nest.
   *
   * @throws {StateError} `damaged` when a node is missing or has other bytes than its hash tells.
   */
  use<T>(layer: Layer | undefined, action: (arena: TrieArena) => T, emitTo?: Layer): T {
    const outer = { active: this.#active, layer: this.#layer, emitTo: this.#emitTo }
    if (!this.#active && this.#arena.used > this.#maximumBytes) {
      this.#arena.reset()
      this.#open.clear()
    }
    this.#active = true
    this.#layer = layer
    this.#emitTo = emitTo
    try {
      return action(this.#arena)
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      throw new StateError('damaged', `The state is damaged: ${error.shortMessage}`, { cause: error })
    } finally {
      this.#active = outer.active
      this.#layer = outer.layer
      this.#emitTo = outer.emitTo
    }
  }

  /** The trie with this root, within {@link Tries.use}. */
  open(root: Uint8Array): TrieRef {
    if (equalBytes(root, emptyTrieRoot)) return 0
    const key = keyOf(root)
    const known = this.#open.get(key)
    if (known !== undefined) return known
    const trie = this.#arena.open(root)
    this.#open.set(key, trie)
    return trie
  }

  /** Hashes a trie and remembers it by its root. */
  hash(trie: TrieRef): Uint8Array {
    const root = this.#arena.root(trie)
    if (trie !== 0) this.#open.set(keyOf(root), trie)
    return root
  }
}
