/**
 * The module's linear memory. Below the arena are buffers that the host fills; the arena is what a checkpoint writes, byte
 * for byte, so its base belongs to the file format.
 */

/** A batch of changes, see batch.ts. */
export const INPUT: usize = 1 << 20
export const INPUT_SIZE: usize = 2 << 20
/** Hashed keys of the batch's accounts: the shortest entry has 21 bytes. */
export const KEYS: usize = 3 << 20
/** Begins with the allocator's own words. */
export const ARENA: usize = 8 << 20
