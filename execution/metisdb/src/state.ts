import { emptyTrieRoot, equalBytes } from '@metis-stack/kernel'
import { Codes } from './codes.js'
import type { StateContext } from './context.js'
import { StateError, StateNotFoundError } from './errors.js'
import { FlatCache } from './flat.js'
import type { State, View } from './interface.js'
import { MemoryStore, type Store } from './store.js'
import { Tries } from './tries.js'
import { TrieView } from './view.js'

export type StateOptions = {
  /** Bytes of decoded trie nodes to keep in memory; 256 MiB when absent. One commit may exceed it while it runs. */
  nodeCacheBytes?: number
  /** Accounts, and as many slots, of the head to keep in memory; 200,000 when absent. */
  headCacheEntries?: number
}

/** A state over any store. The empty state is always kept. */
export class TrieState implements State {
  readonly #context: StateContext
  #closed = false

  constructor(store: Store, options: StateOptions = {}) {
    this.#context = {
      store,
      tries: new Tries(store, options.nodeCacheBytes ?? 256 * 1024 * 1024),
      codes: new Codes(store, 64 * 1024 * 1024),
      flat: new FlatCache(options.headCacheEntries ?? 200_000),
      assertOpen: () => {
        if (this.#closed) throw new StateError('closed', 'The state was closed.')
      },
    }
  }

  at(root: Uint8Array): View {
    if (!this.has(root)) throw new StateNotFoundError(root)
    this.#context.flat.adopt(root)
    return new TrieView(this.#context, root)
  }

  has(root: Uint8Array): boolean {
    this.#context.assertOpen()
    return equalBytes(root, emptyTrieRoot) || this.#context.store.hasRoot(root)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#context.store.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** A state that is gone with the process: tests, calls on throw-away chains. */
export function createMemoryState(options?: StateOptions): State {
  return new TrieState(new MemoryStore(), options)
}
