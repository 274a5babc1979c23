import type { Database, RootDatabase } from 'lmdb'
import { bytesOfKey } from '../key.js'
import type { Batch, Store } from '../store.js'
import { commitErrorOf } from './errors.js'

/** Transaction flags of LMDB: commit before returning (2), leave the flush to {@link flush} (0x10000). */
export const commitThenFlush: number = 0x10002

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
  #flushing: Promise<void> = Promise.resolve()

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
      // A synchronous transaction fails as a whole and here; LMDB's queued puts would reject promises nobody holds.
      this.#environment.transactionSync(() => {
        for (const [key, node] of sorted(nodes)) this.#nodes.putSync(bytesOfKey(key), asBuffer(node))
        for (const [key, code] of sorted(codes)) this.#codes.putSync(bytesOfKey(key), asBuffer(code))
        this.#roots.putSync(asBuffer(root), Buffer.alloc(1))
      }, commitThenFlush)
      this.#flushing = flush(this.#environment)
      await this.#flushing
    } catch (error) {
      throw await commitErrorOf(error, this.#folder)
    }
  }

  async close(): Promise<void> {
    // A flush of a closed environment would end the process; its failure is the writer's to hear.
    await this.#flushing.catch(() => {})
    await this.#environment.close()
    this.#release()
  }
}

/** fsync, on another thread. */
export function flush(environment: RootDatabase): Promise<void> {
  // The declared type leaves out the callback that makes it asynchronous.
  const { sync } = environment as unknown as { sync(done: (error?: Error) => void): void }
  return new Promise((resolve, reject) => {
    sync.call(environment, (error) => (error ? reject(error) : resolve()))
  })
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Keys are one character a byte, so their order is that of the bytes. */
function sorted<Entry extends readonly [key: string, bytes: Uint8Array]>(entries: readonly Entry[]): Entry[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1))
}
