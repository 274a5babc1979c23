import { bytesToHex } from '@metis-stack/kernel'
import { ChainError } from '../errors.js'
import type { KeyValueStore, Table, Write } from './keyValue.js'

/** Keeps everything in memory: tests, and chains that may be forgotten. */
export class MemoryKeyValueStore implements KeyValueStore {
  readonly #tables = new Map<Table, Map<string, Uint8Array>>()

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    return this.#tables.get(table)?.get(bytesToHex(key))
  }

  async write(batch: Write[]): Promise<void> {
    for (const { table, key, value } of batch) {
      const entries = this.#tables.get(table) ?? new Map<string, Uint8Array>()
      this.#tables.set(table, entries)
      if (value) entries.set(bytesToHex(key), value)
      else entries.delete(bytesToHex(key))
    }
  }

  async backup(): Promise<void> {
    throw new ChainError('notOnDisk', 'This chain is in memory only: there is nothing to back up.')
  }

  async close(): Promise<void> {}
}
