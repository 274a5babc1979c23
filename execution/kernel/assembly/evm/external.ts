/** Opcodes that look at other accounts. Each replaces the address word at `at` by the answer and returns its gas. */
import { copy, fitsU64, reverse, setU64, toAddress } from '../math/u256'
import { BALANCE, CODE_HASH, isDead } from '../world/account'
import { blockHash } from '../world/backend'
import { codeBytes, codeLength } from '../world/codes'
import { SCRATCH } from '../world/layout'
import { accountAt, codeOf } from '../world/state'
import { accessAccount } from './access'
import { NUMBER } from './environment'
import { machine } from './machine'
import { copyPadded } from './memory'

/** The account whose address is the word at `at`. */
export function accountOfWord(at: usize): usize {
  toAddress(SCRATCH, at)
  return accountAt(SCRATCH)
}

export function balanceOf(at: usize): i64 {
  const account = accountOfWord(at)
  copy(at, account + BALANCE)
  return accessAccount(account)
}

export function codeSizeOf(at: usize): i64 {
  const account = accountOfWord(at)
  setU64(at, codeLength(codeOf(account)))
  return accessAccount(account)
}

export function codeHashOf(at: usize): i64 {
  const account = accountOfWord(at)
  if (isDead(account)) setU64(at, 0)
  else reverse(at, account + CODE_HASH)
  return accessAccount(account)
}

/** EXTCODECOPY's access and copy; memory is already large enough. */
export function copyCodeOf(at: usize, to: usize, offset: u64, size: usize): i64 {
  const account = accountOfWord(at)
  const cost = accessAccount(account)
  if (size != 0) {
    const record = codeOf(account)
    copyPadded(machine.memory + to, codeBytes(record), codeLength(record), offset, size)
  }
  return cost
}

/** BLOCKHASH: one of the 256 blocks before this one, else 0. */
export function blockHashOf(at: usize): void {
  const number = load<u64>(NUMBER)
  const wanted = load<u64>(at)
  if (!fitsU64(at) || wanted >= number || number - wanted > 256) {
    setU64(at, 0)
    return
  }
  blockHash(wanted, SCRATCH)
  reverse(at, SCRATCH)
}
