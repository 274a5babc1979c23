/**
 * The undo log of the running transaction. A snapshot is a position in it; going back to a snapshot applies the
 * records above it in reverse. Record, 48 bytes: kind u32 | pointer u32 | what was there before, up to 40 bytes.
 */
import { copy } from '../math/u256'
import {
  BALANCE,
  CODE,
  CODE_HASH,
  CREATED,
  DESTROYED,
  EXISTS,
  INCARNATION,
  isRipemd,
  NONCE,
  TOUCHED,
  WARM,
} from './account'
import { JOURNAL, LOGS } from './layout'
import { SLOT_CURRENT, SLOT_WARM } from './slot'

const RECORD: usize = 48

// prettier-ignore
export const enum Undo { Balance, Nonce, Code, Life, Touch, WarmAccount, WarmSlot, Slot }

let end: usize = JOURNAL
let ripemdTouched: usize = 0

export function journalPosition(): usize {
  return end
}

export function resetJournal(): void {
  end = JOURNAL
  ripemdTouched = 0
}

function record(kind: Undo, pointer: usize): usize {
  const at = end
  end = at + RECORD
  if (end > LOGS) unreachable()
  store<u32>(at, kind)
  store<u32>(at, pointer, 4)
  return at
}

export function keepBalance(account: usize): void {
  copy(record(Undo.Balance, account) + 8, account + BALANCE)
}

export function keepNonce(account: usize): void {
  store<u64>(record(Undo.Nonce, account), load<u64>(account, NONCE), 8)
}

export function keepCode(account: usize): void {
  const at = record(Undo.Code, account)
  copy(at + 8, account + CODE_HASH)
  store<u64>(at, load<u64>(account, CODE), 40)
}

/** Existence, incarnation, created and destroyed marks. */
export function keepLife(account: usize): void {
  const at = record(Undo.Life, account)
  store<u32>(at, load<u32>(account, EXISTS), 8)
  store<u32>(at, load<u32>(account, INCARNATION), 12)
  store<u32>(at, load<u32>(account, CREATED), 16)
  store<u32>(at, load<u32>(account, DESTROYED), 20)
}

export function keepTouch(account: usize): void {
  store<u32>(record(Undo.Touch, account), load<u32>(account, TOUCHED), 8)
}

export function keepWarmAccount(account: usize): void {
  store<u32>(record(Undo.WarmAccount, account), load<u32>(account, WARM), 8)
}

export function keepWarmSlot(slot: usize): void {
  store<u32>(record(Undo.WarmSlot, slot), load<u32>(slot, SLOT_WARM), 8)
}

export function keepSlot(slot: usize): void {
  copy(record(Undo.Slot, slot) + 8, slot + SLOT_CURRENT)
}

export function revertTo(position: usize): void {
  while (end > position) {
    end -= RECORD
    undo(end)
  }
}

function undo(at: usize): void {
  const pointer: usize = load<u32>(at, 4)
  switch (load<u32>(at)) {
    case Undo.Balance:
      copy(pointer + BALANCE, at + 8)
      break
    case Undo.Nonce:
      store<u64>(pointer, load<u64>(at, 8), NONCE)
      break
    case Undo.Code:
      copy(pointer + CODE_HASH, at + 8)
      store<u64>(pointer, load<u64>(at, 40), CODE)
      break
    case Undo.Life:
      store<u32>(pointer, load<u32>(at, 8), EXISTS)
      store<u32>(pointer, load<u32>(at, 12), INCARNATION)
      store<u32>(pointer, load<u32>(at, 16), CREATED)
      store<u32>(pointer, load<u32>(at, 20), DESTROYED)
      break
    case Undo.Touch:
      // A touch of the RIPEMD-160 precompile outlives a revert: mainnet block 2,675,119 has it so, and with it EIP-161.
      if (isRipemd(pointer)) ripemdTouched = pointer
      store<u32>(pointer, load<u32>(at, 8), TOUCHED)
      break
    case Undo.WarmAccount:
      store<u32>(pointer, load<u32>(at, 8), WARM)
      break
    case Undo.WarmSlot:
      store<u32>(pointer, load<u32>(at, 8), SLOT_WARM)
      break
    default:
      copy(pointer + SLOT_CURRENT, at + 8)
  }
}

/** Calls `visit(account)` for every account touched, created or destroyed in the transaction; some more than once. */
export function forEachChangedLife(visit: (account: usize) => void): void {
  for (let at = JOURNAL; at < end; at += RECORD) {
    const kind = load<u32>(at)
    if (kind == Undo.Life || kind == Undo.Touch) visit(load<u32>(at, 4))
  }
  if (ripemdTouched != 0) visit(ripemdTouched)
}
