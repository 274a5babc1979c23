import type { Database, RootDatabase } from 'lmdb'
import type { Batch, Hashed, Store } from '../store.js'
import { stateErrorOf } from './errors.js'

/**
 * Nodes and codes in LMDB, each in a table of its own, keyed by hash. Batches are written in key order: in random order
 * LMDB's pages stay half empty.
 */
export class LmdbStore implements Store {
  readonly #environment: RootDatabase
  readonly #folder: string
  readonly #nodes: Database<Buffer, Buffer>
  readonly #codes: Database<Buffer, Buffer>
  readonly #roots: Database<Buffer, Buffer>
  readonly #release: () => void

  constructor(environment: RootDatabase, folder: string, release: () => void) {
    const table = (name: string): Database<Buffer, Buffer> =>
      environment.openDB<Buffer, Buffer>({ name, keyEncoding: 'binary', encoding: 'binary' })
    this.#environment = environment
    this.#folder = folder
    this.#release = release
    this.#nodes = table('nodes')
    this.#codes = table('codes')
    this.#roots = table('roots')
  }

  /** The bytes are valid until the next read. */
  node(hash: Uint8Array): Uint8Array | undefined {
    const node = this.#nodes.getBinaryFast(asBuffer(hash))
    // LMDB's read buffer is longer than the node and only says it is not.
    return node && new Uint8Array(node.buffer, node.byteOffset, node.length)
  }

  code(hash: Uint8Array): Uint8Array | undefined {
    const code = this.#codes.getBinary(asBuffer(hash))
    return code && new Uint8Array(code)
  }

  hasRoot(root: Uint8Array): boolean {
    return this.#roots.doesExist(asBuffer(root))
  }

  async write({ nodes, codes, root }: Batch): Promise<void> {
    try {
      await this.#environment.batch(() => {
        for (const [hash, node] of sorted(nodes)) void this.#nodes.put(asBuffer(hash), asBuffer(node))
        for (const [hash, code] of sorted(codes)) void this.#codes.put(asBuffer(hash), asBuffer(code))
        void this.#roots.put(asBuffer(root), Buffer.alloc(1))
      })
      await this.#environment.flushed
    } catch (error) {
      throw stateErrorOf(error, this.#folder)
    }
  }

  async close(): Promise<void> {
    await this.#environment.close()
    this.#release()
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function sorted(entries: readonly Hashed[]): Hashed[] {
  return [...entries].sort(([a], [b]) => Buffer.compare(a, b))
}
