import { type Database, open, type RootDatabase } from 'lmdb'
import { type KeyValueStore, type Table, tables, type Write } from './keyValue.js'

/** LMDB in one folder: one transaction a batch, synced to disk before it resolves. */
export class LmdbKeyValueStore implements KeyValueStore {
  readonly #root: RootDatabase<Uint8Array, Uint8Array>
  readonly #tables = new Map<Table, Database<Uint8Array, Uint8Array>>()

  constructor(path: string) {
    this.#root = open({
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: tables.length + 1,
      // A commit resolves only when it is on disk: an acknowledged block is never lost.
      overlappingSync: false,
    })
    for (const table of tables)
      this.#tables.set(
        table,
        this.#root.openDB<Uint8Array, Uint8Array>({ name: table, encoding: 'binary', keyEncoding: 'binary' }),
      )
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    return this.#tables.get(table)!.get(key)
  }

  async write(batch: Write[]): Promise<void> {
    await this.#root.transaction(() => {
      for (const { table, key, value } of batch) {
        const database = this.#tables.get(table)!
        if (value) database.put(key, value)
        else database.remove(key)
      }
    })
  }

  async backup(folder: string): Promise<void> {
    await this.#root.backup(folder, false)
  }

  async close(): Promise<void> {
    await this.#root.close()
  }
}
