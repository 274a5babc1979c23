/** Tables of the block store. Keys and values are bytes. */
export const tables = ['blocks', 'receipts', 'info', 'canonical', 'transactions', 'pointers'] as const
export type Table = (typeof tables)[number]

/** `value: undefined` deletes. */
export type Write = { table: Table; key: Uint8Array; value: Uint8Array | undefined }

/** An ordered-by-nothing map of bytes with atomic, durable batches. */
export interface KeyValueStore {
  /** The result must not be kept beyond the next call. */
  get(table: Table, key: Uint8Array): Uint8Array | undefined
  /** All or nothing; resolved = survives SIGKILL and power loss (as far as the backend is durable at all). */
  write(batch: Write[]): Promise<void>
  /** A copy of what is there now, in an empty folder. @throws {Error} where nothing is on disk */
  backup(folder: string): Promise<void>
  close(): Promise<void>
}
