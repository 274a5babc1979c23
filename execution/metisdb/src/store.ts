import { keyOf } from './key.js'

/** What one commit adds: nodes and codes by the key of their hash. The bytes stay as they are. */
export type Batch = {
  nodes: readonly (readonly [key: string, node: Uint8Array])[]
  codes: readonly (readonly [key: string, code: Uint8Array])[]
  root: Uint8Array
}

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
    for (const [key, node] of nodes) this.#nodes.set(key, node)
    for (const [key, code] of codes) this.#codes.set(key, code)
    this.#roots.add(keyOf(root))
  }

  async close(): Promise<void> {}
}
