/** EIP-7702: an account whose code is 0xef0100 ‖ address runs the code of that address. */
import { codeBytes, codeLength } from '../world/codes'
import { hasCode } from '../world/account'
import { accountAt, codeOf } from '../world/state'
import { PRAGUE } from './forks'
import { machine } from './machine'

const DESIGNATOR_SIZE: u32 = 23

export function isDelegated(account: usize): bool {
  if (machine.fork < PRAGUE || !hasCode(account)) return false
  const record = codeOf(account)
  const bytes = codeBytes(record)
  return codeLength(record) == DESIGNATOR_SIZE && load<u16>(bytes) == 0x01ef && load<u8>(bytes, 2) == 0
}

/** The account that a delegated one points at, possibly itself. One hop only. */
export function delegateOf(account: usize): usize {
  return accountAt(codeBytes(codeOf(account)) + 3)
}
