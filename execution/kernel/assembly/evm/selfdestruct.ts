/** SELFDESTRUCT (EIP-150, 161, 2929, 3529, 6780). */
import { isZero } from '../math/u256'
import { ADDRESS, BALANCE, EXISTS, isDead } from '../world/account'
import { addBalance, clearBalance, destroy, isDestroyed, isNew, touch } from '../world/state'
import { accessBeneficiary } from './access'
import { accountOfWord } from './external'
import { CANCUN, LONDON, SPURIOUS_DRAGON, TANGERINE_WHISTLE } from './forks'
import { machine } from './machine'
import { TRACE, traceSelfDestruct } from './trace'

const NEW_ACCOUNT: i64 = 25000
const REFUND: i64 = 24000

/** Returns the gas left, negative when it does not suffice. */
export function selfDestruct(account: usize, beneficiaryWord: usize, gas: i64): i64 {
  const fork = machine.fork
  const beneficiary = accountOfWord(beneficiaryWord)
  gas -= accessBeneficiary(beneficiary)
  if (gas < 0) return -1
  if (fork >= SPURIOUS_DRAGON) {
    if (!isZero(account + BALANCE) && isDead(beneficiary)) gas -= NEW_ACCOUNT
  } else if (fork >= TANGERINE_WHISTLE && load<u32>(beneficiary, EXISTS) == 0) {
    gas -= NEW_ACCOUNT
  }
  if (gas < 0) return -1
  if (fork < LONDON && !isDestroyed(account)) machine.refund += REFUND
  if (TRACE) traceSelfDestruct(account + ADDRESS, beneficiary + ADDRESS, account + BALANCE)
  const goes = fork < CANCUN || isNew(account)
  touch(account)
  if (beneficiary != account) {
    addBalance(beneficiary, account + BALANCE)
    clearBalance(account)
  } else if (goes) {
    clearBalance(account)
  }
  if (goes) destroy(account)
  return gas
}
