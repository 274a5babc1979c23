/**
 * Slots that compiled code has used of late, by account and key: a repeated access costs a comparison instead of a hash and a way
 * through a chain. The compiler emits the same look-up as `knownSlot` (metisvm/src/compiler/optimising/findSlot.ts).
 *
 * A cell is no more than a pointer. Whether the record it points to is the slot in question, the record says itself: account, its present
 * incarnation, key, and that the slot is warm in the running transaction, which it can only be after `slotAt` has prepared it for that
 * transaction. So nothing has to be told of reverts, transactions, creations or destructions. Records move to other places only when a
 * session ends, and then all cells are emptied.
 *
 * An empty cell points to address 0, where no slot is and no data are: its account is 0.
 */
import { equals } from '../math/u256'
import { INCARNATION } from './account'
import { currentTransaction } from './currentTransaction'
import { SLOT_CELLS, SLOT_CELLS_MASK } from './layout'
import { SLOT_ACCOUNT, SLOT_INCARNATION, SLOT_KEY, SLOT_WARM } from './slot'

/** Whether any cell was written since they were emptied: sessions without compiled code do not pay for them. */
let isUsed: bool = false

// @ts-ignore: decorator
@inline
function cellOf(account: usize, key: usize): usize {
  return SLOT_CELLS + (((usize(load<u32>(key)) ^ (account >> 4)) & usize(SLOT_CELLS_MASK)) << 2)
}

/** The record of a warm slot of the account's present incarnation; 0 when it is not known here. */
// @ts-ignore: decorator
@inline
export function knownSlot(account: usize, key: usize): usize {
  const slot: usize = load<u32>(cellOf(account, key))
  return usize(load<u32>(slot, SLOT_ACCOUNT)) == account &&
    load<u32>(slot, SLOT_INCARNATION) == load<u32>(account, INCARNATION) &&
    load<u32>(slot, SLOT_WARM) == currentTransaction() &&
    equals(slot + SLOT_KEY, key)
    ? slot
    : 0
}

// @ts-ignore: decorator
@inline
export function rememberSlot(account: usize, key: usize, slot: usize): void {
  isUsed = true
  store<u32>(cellOf(account, key), slot)
}

/** Before records are made anew. */
export function forgetSlots(): void {
  if (!isUsed) return
  isUsed = false
  memory.fill(SLOT_CELLS, 0, (usize(SLOT_CELLS_MASK) + 1) << 2)
}
