/**
 * The linear memory of one arena, which several instances may share, one in each thread. Nothing that lasts from one call to the
 * next is in a global: functions that write may run in any thread, one thread at a time, and functions that only read nodes in
 * all threads at once. The arena is what a checkpoint writes, byte for byte, so its base belongs to the file format.
 */

/** What lasts from one call to the next and is not in the image. */
const CONTROL: usize = 1 << 16
/** u32: how many pages were saved for the checkpoint that is under way, and how many may be; see pages.ts. */
export const SAVED: usize = CONTROL
export const SAVED_CAPACITY: usize = CONTROL + 28
/** u32: the first block of references that a batch replaced, and how many there are in all. */
export const LOG_HEAD: usize = CONTROL + 4
export const LOG_LENGTH: usize = CONTROL + 8
/** u32: how many nodes the last batch made. */
export const MADE: usize = CONTROL + 12
/** u64: permutations that hashing has taken since the memory was made. */
export const PERMUTATIONS: usize = CONTROL + 16
/** u32: the depth at which the account trie hangs, 0 or, below a top branch that is elsewhere, 1. */
export const TOP_DEPTH: usize = CONTROL + 24

/** A batch of changes, see batch.ts. */
export const INPUT: usize = 1 << 20
export const INPUT_SIZE: usize = 2 << 20
/** Hashed keys of the batch's accounts: the shortest entry has 21 bytes. */
export const KEYS: usize = 3 << 20
/**
 * For each size of free blocks: those that were given back last, see arena.ts. Behind the keys of the longest batch.
 */
export const RECENT: usize = (6 << 20) + (512 << 10)
/**
 * A bit for each page of 4 KiB of the memory: whether it is there, whether it changed since the host last cleared its bit, and whether
 * a checkpoint has yet to read it.
 */
export const PRESENT: usize = 7 << 20
export const DIRTY: usize = PRESENT + (128 << 10)
export const WANTED: usize = DIRTY + (128 << 10)
/** Begins with the allocator's own words. */
export const ARENA: usize = 8 << 20
