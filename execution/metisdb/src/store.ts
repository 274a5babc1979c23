import { keyOf } from './key.js'

export type Hashed = readonly [hash: Uint8Array, bytes: Uint8Array]

/** What one commit adds. */
export type Batch = { nodes: Hashed[]; codes: Hashed[]; root: Uint8Array }

/** Trie nodes and codes by hash, and the roots that are kept. All that the state knows of a disk. */
export interface Store {
  node(hash: Uint8Array): Uint8Array | undefined
  code(hash: Uint8Array): Uint8Array | undefined
  hasRoot(root: Uint8Array): boolean
  /** All or nothing; resolved when it survives a power loss. Batches become durable in the order of the calls. */
  write(batch: Batch): Promise<void>
  close(): Promise<void>
}

/** A store that is gone with the process. */
export class MemoryStore implements Store {
  readonly #nodes = new Map<string, Uint8Array>()
  readonly #codes = new Map<string, Uint8Array>()
  readonly #roots = new Set<string>()

  node(hash: Uint8Array): Uint8Array | undefined {
    return this.#nodes.get(keyOf(hash))
  }

  code(hash: Uint8Array): Uint8Array | undefined {
    return this.#codes.get(keyOf(hash))
  }

  hasRoot(root: Uint8Array): boolean {
    return this.#roots.has(keyOf(root))
  }

  async write({ nodes, codes, root }: Batch): Promise<void> {
    for (const [hash, node] of nodes) this.#nodes.set(keyOf(hash), node)
    for (const [hash, code] of codes) this.#codes.set(keyOf(hash), code)
    this.#roots.add(keyOf(root))
  }

  async close(): Promise<void> {}
}
