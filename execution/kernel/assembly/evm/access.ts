/** What touching accounts and slots costs (EIP-2929, and the SSTORE schedules before it). */
import { equals, isZero } from '../math/u256'
import { slotAt, isSlotWarm, setSlot, warmSlot } from '../world/storage'
import { SLOT_CURRENT, SLOT_ORIGINAL } from '../world/slot'
import { isWarm, warm } from '../world/state'
import { BERLIN, CONSTANTINOPLE, ISTANBUL, LONDON } from './forks'
import { machine } from './machine'

const COLD_ACCOUNT: i64 = 2600
const COLD_SLOT: i64 = 2100
const WARM_ACCESS: i64 = 100

/** Gas for access to an account, warming it; 0 before Berlin, whose schedule is in the opcode table. */
export function accessAccount(account: usize): i64 {
  if (machine.fork < BERLIN) return 0
  if (isWarm(account)) return WARM_ACCESS
  warm(account)
  return COLD_ACCOUNT
}

/** As accessAccount, for SELFDESTRUCT's beneficiary: a warm one is free. */
export function accessBeneficiary(account: usize): i64 {
  if (machine.fork < BERLIN || isWarm(account)) return 0
  warm(account)
  return COLD_ACCOUNT
}

export function accessSlot(slot: usize): i64 {
  if (machine.fork < BERLIN) return 0
  if (isSlotWarm(slot)) return WARM_ACCESS
  warmSlot(slot)
  return COLD_SLOT
}

/** SSTORE: stores the word, adjusts the refund; returns the gas left, negative when it does not suffice. */
export function storeSlot(account: usize, key: usize, value: usize, gas: i64): i64 {
  if (isStipend(gas)) return -1
  return storeAt(slotAt(account, key), value, gas)
}

/** EIP-2200: a call with the stipend only must not write. */
// @ts-ignore: decorator
@inline
export function isStipend(gas: i64): bool {
  return machine.fork >= ISTANBUL && gas <= 2300
}

/** The rest of storeSlot, once the slot is found. */
export function storeAt(slot: usize, value: usize, gas: i64): i64 {
  const fork = machine.fork
  const current = slot + SLOT_CURRENT
  if (fork >= ISTANBUL || fork == CONSTANTINOPLE) {
    let cost: i64 = 0
    if (fork >= BERLIN && !isSlotWarm(slot)) {
      warmSlot(slot)
      cost = COLD_SLOT
    }
    cost += netMetered(slot + SLOT_ORIGINAL, current, value)
    if (cost > gas) return -1
    gas -= cost
  } else {
    const isSet = isZero(current) && !isZero(value)
    const cost: i64 = isSet ? 20000 : 5000
    if (cost > gas) return -1
    gas -= cost
    if (!isZero(current) && isZero(value)) machine.refund += 15000
  }
  if (!equals(current, value)) setSlot(slot, value)
  return gas
}

/** EIP-1283, 2200, 2929 and 3529 differ in numbers only. Adjusts the refund, returns the cost. */
function netMetered(original: usize, current: usize, value: usize): i64 {
  const fork = machine.fork
  const read: i64 = fork >= BERLIN ? WARM_ACCESS : fork >= ISTANBUL ? 800 : 200
  if (equals(current, value)) return read
  const create: i64 = 20000
  const update: i64 = fork >= BERLIN ? 5000 - COLD_SLOT : 5000
  const clear: i64 = fork >= LONDON ? 4800 : 15000
  if (equals(original, current)) {
    if (isZero(original)) return create
    if (isZero(value)) machine.refund += clear
    return update
  }
  if (!isZero(original)) {
    if (isZero(current)) machine.refund -= clear
    else if (isZero(value)) machine.refund += clear
  }
  if (equals(original, value)) machine.refund += (isZero(original) ? create : update) - read
  return read
}
