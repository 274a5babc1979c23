/** The record of a storage or transient slot: field offsets. */

/** Next record of the hash chain, u32. */
export const SLOT_NEXT: usize = 0
/** u32 */
export const SLOT_ACCOUNT: usize = 4
/** u32: the account's incarnation it belongs to, or TRANSIENT */
export const SLOT_INCARNATION: usize = 8
/** u32: number of the transaction that warmed it */
export const SLOT_WARM: usize = 12
/** word */
export const SLOT_KEY: usize = 16
/** word */
export const SLOT_CURRENT: usize = 48
/** word: the value when the transaction began, valid when SLOT_TRANSACTION is the current one */
export const SLOT_ORIGINAL: usize = 80
/** word: the value before the session */
export const SLOT_BASE: usize = 112
/** u32 */
export const SLOT_TRANSACTION: usize = 144
/** Next slot of the same account, u32. */
export const SLOT_NEXT_IN_ACCOUNT: usize = 148
export const SLOT_SIZE: usize = 152

export const TRANSIENT: u32 = 0xffffffff
