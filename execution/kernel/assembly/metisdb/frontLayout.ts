/**
 * The linear memory of the front, which instances in several threads share. What a thread writes on its way lies in its own part of
 * `THREADS`; the tables of hot accounts and slots and the states are written by one thread, the one that opened the state.
 */

const CONTROL: usize = 1 << 16
/** u32: odd while the tables change, and another number after it. */
export const EPOCH: usize = CONTROL
/** u64: the version that the tables have. */
export const VERSION: usize = CONTROL + 8
/** u32: 1 while the table has all accounts of its version. */
export const WHOLE: usize = CONTROL + 16
/** u32: another number each time that slots leave the table; never 0. */
export const GENERATION: usize = CONTROL + 20

/** 64 threads: 256 bytes to hash in, then the words that the last read gave. */
export const THREADS: usize = 2 << 16
export const THREAD_SIZE: usize = 1024
export const RESULT: usize = 256


/** A batch of changes, see batch.ts. */
export const INPUT: usize = 1 << 20
export const INPUT_SIZE: usize = 2 << 20
/** Hashed keys of its accounts: the shortest entry has 21 bytes. */
export const KEYS: usize = 3 << 20
/** To sort: 16 bytes an account, twice. */
export const ORDER: usize = 7 << 20
/** The entries and their keys in the order of the keys. */
export const SORTED: usize = 11 << 20
export const SORTED_KEYS: usize = 13 << 20
/** 16 times: u32 entries, u32 their bytes, u32 keys, u32 how many. */
export const GROUPS: usize = 17 << 20

/** 65,536 states that can be read: u64 number of the version, then 16 u32 subtries of the account trie. */
export const STATES: usize = 18 << 20
export const STATE_REFS: usize = 8

/** Accounts, then slots. */
export const TABLES: usize = 26 << 20
