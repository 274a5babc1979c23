/** Storage and transient slots of the session's accounts. Keys and values are words (little-endian limbs). */
import { currentTransaction } from './currentTransaction'
import { copy, equals, reverse, setU64 } from '../math/u256'
import { ADDRESS, BASE_EXISTS, INCARNATION, SLOTS } from './account'
import { storage as readStorage } from './backend'
import { hashSlot } from './hash'
import { allocate } from './heap'
import { keepSlot, keepWarmSlot } from './journal'
import { SCRATCH, SLOT_HEADS, SLOT_HEADS_MASK } from './layout'
import {
  SLOT_ACCOUNT,
  SLOT_BASE,
  SLOT_CURRENT,
  SLOT_INCARNATION,
  SLOT_KEY,
  SLOT_NEXT,
  SLOT_NEXT_IN_ACCOUNT,
  SLOT_ORIGINAL,
  SLOT_SIZE,
  SLOT_TRANSACTION,
  SLOT_WARM,
  TRANSIENT,
} from './slot'

// @ts-ignore: decorator
@inline
function headOf(account: usize, key: usize): usize {
  return SLOT_HEADS + (usize(hashSlot(account, key) & SLOT_HEADS_MASK) << 2)
}

/** Empties the hash chains of an account's slots. */
export function dropSlots(account: usize): void {
  for (let slot: usize = load<u32>(account, SLOTS); slot != 0; slot = load<u32>(slot, SLOT_NEXT_IN_ACCOUNT)) {
    store<u32>(headOf(account, slot + SLOT_KEY), 0)
  }
}

/** The slot of the account's present incarnation. */
export function slotAt(account: usize, key: usize): usize {
  const incarnation = load<u32>(account, INCARNATION)
  const head = headOf(account, key)
  let slot = find(head, account, incarnation, key)
  if (slot == 0) {
    const warmedBefore = incarnation != 0 && isWarmInAnyIncarnation(head, account, key)
    slot = insert(head, account, incarnation, key)
    if (warmedBefore) store<u32>(slot, currentTransaction(), SLOT_WARM)
    if (incarnation == 0 && load<u32>(account, BASE_EXISTS) != 0) {
      reverse(SCRATCH, key)
      if (readStorage(account + ADDRESS, SCRATCH, SCRATCH + 32) != 0) {
        reverse(slot + SLOT_BASE, SCRATCH + 32)
        copy(slot + SLOT_CURRENT, slot + SLOT_BASE)
      }
    }
  }
  if (load<u32>(slot, SLOT_TRANSACTION) != currentTransaction()) {
    store<u32>(slot, currentTransaction(), SLOT_TRANSACTION)
    copy(slot + SLOT_ORIGINAL, slot + SLOT_CURRENT)
  }
  return slot
}

/** The transient slot; zero at the start of each transaction (EIP-1153). */
export function transientAt(account: usize, key: usize): usize {
  const head = headOf(account, key)
  let slot = find(head, account, TRANSIENT, key)
  if (slot == 0) slot = insert(head, account, TRANSIENT, key)
  if (load<u32>(slot, SLOT_TRANSACTION) != currentTransaction()) {
    store<u32>(slot, currentTransaction(), SLOT_TRANSACTION)
    setU64(slot + SLOT_CURRENT, 0)
  }
  return slot
}

function find(head: usize, account: usize, incarnation: u32, key: usize): usize {
  for (let slot: usize = load<u32>(head); slot != 0; slot = load<u32>(slot, SLOT_NEXT)) {
    if (
      load<usize>(slot, SLOT_ACCOUNT) == account &&
      load<u32>(slot, SLOT_INCARNATION) == incarnation &&
      equals(slot + SLOT_KEY, key)
    )
      return slot
  }
  return 0
}

/** A slot that the access list warmed stays warm when its contract is created afterwards. */
function isWarmInAnyIncarnation(head: usize, account: usize, key: usize): bool {
  for (let slot: usize = load<u32>(head); slot != 0; slot = load<u32>(slot, SLOT_NEXT)) {
    if (load<usize>(slot, SLOT_ACCOUNT) == account && isSlotWarm(slot) && equals(slot + SLOT_KEY, key)) return true
  }
  return false
}

function insert(head: usize, account: usize, incarnation: u32, key: usize): usize {
  const slot = allocate(SLOT_SIZE)
  memory.fill(slot, 0, SLOT_SIZE)
  store<u32>(slot, account, SLOT_ACCOUNT)
  store<u32>(slot, incarnation, SLOT_INCARNATION)
  copy(slot + SLOT_KEY, key)
  store<u32>(slot, load<u32>(head), SLOT_NEXT)
  store<u32>(head, slot)
  store<u32>(slot, load<u32>(account, SLOTS), SLOT_NEXT_IN_ACCOUNT)
  store<u32>(account, slot, SLOTS)
  return slot
}

export function setSlot(slot: usize, value: usize): void {
  keepSlot(slot)
  copy(slot + SLOT_CURRENT, value)
}

// @ts-ignore: decorator
@inline
export function isSlotWarm(slot: usize): bool {
  return load<u32>(slot, SLOT_WARM) == currentTransaction()
}

export function warmSlot(slot: usize): void {
  if (isSlotWarm(slot)) return
  keepWarmSlot(slot)
  store<u32>(slot, currentTransaction(), SLOT_WARM)
}
