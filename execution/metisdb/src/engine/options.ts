import type { StateError } from '../errors.js'

export type MetisDbOptions = {
  /** Recorded in a new folder; a folder of another chain is refused. */
  chainId?: bigint
  /** States that stay readable by their root, the newest ones; 256 when absent. */
  keepBlocks?: number
  /** Bytes that tries may take; at most 56 GiB, the default, and 3.5 GiB below each first nibble of the accounts. */
  maximumBytes?: number
  /**
   * Bytes of memory for what changed since the last checkpoint, which is the part that the system cannot take away; 1 GiB when absent.
   * From half of it on a checkpoint is made, and commits wait for it when all is used.
   */
  memoryBytes?: number
  /** Bytes of log after which a checkpoint begins, if the images are not larger than twice as much; 32 MiB when absent. */
  checkpointBytes?: number
  /** Hot accounts, and as many slots, are kept for 3/4 of 2^n, from 1 to 24; 18 when absent. */
  hotBits?: number
  /** How images come into memory: mapped, the default where the system can, or read page by page and kept. */
  images?: 'mapped' | 'read'
  /** Threads beside the caller's that work on large batches; one less than there are processors, at most 3, when absent. */
  threads?: number
  /**
   * Share of a shard's pages up to which a checkpoint writes the changed ones, twice, else all in a new image, once: the default is the
   * half, where that is the same.
   */
  patchShare?: number
  /**
   * Keeps every state: what leaves the kept ones goes to the history, see ../history/history.ts. `false` forgets a history that there
   * is; when absent it stays as it was.
   */
  archive?: boolean
}

export type MetisDbStats = {
  /** Bytes of the arenas, and those of them in free blocks. */
  arenaBytes: number
  unusedBytes: number
  /** Bytes of pages that changed since the last checkpoint. */
  dirtyBytes: number
  /** Whether images are mapped. */
  mapped: boolean
  keptBlocks: number
  /** Bytes of records that an opening would replay. */
  logBytes: number
  checkpoints: number
  /** Bytes of all that checkpoints wrote since opening. */
  checkpointBytes: number
  /** Why the last checkpoint did not end: it is tried again later, and the log keeps growing until then. */
  checkpointError: StateError | undefined
  /** Keccak permutations for trie nodes since opening, and milliseconds that listing, encoding and hashing them took. */
  permutations: bigint
  hashingMs: number
  /** Batches that several threads worked on. */
  parallelBatches: number
  /** How often the hot tables could not follow the head: they began anew, and reads went to the trie meanwhile. */
  hotFailures: number
}
