/** EIP-7702: accounts point at code by a signed authorisation. A tuple that does not hold is skipped. */
import { equals, isZero } from '../math/u256'
import { EXISTS, hasCode, NONCE } from '../world/account'
import { SCRATCH } from '../world/layout'
import { accountAt, setCode, setNonce, warm } from '../world/state'
import { isDelegated } from './delegation'
import { AUTHORIZATION_SIZE, CHAIN_ID, TX_AUTHORIZATION_COUNT, TX_AUTHORIZATIONS } from './environment'
import { machine } from './machine'

/** Returned for an authority that exists already: 25000 charged, 12500 due. */
const REFUND: i64 = 12500

const VALID: usize = 20
const AUTHORITY: usize = 24
const TUPLE_NONCE: usize = 48
const TUPLE_CHAIN: usize = 56

export function applyAuthorizations(): void {
  const list: usize = load<u32>(TX_AUTHORIZATIONS)
  const count = load<u32>(TX_AUTHORIZATION_COUNT)
  for (let i: u32 = 0; i < count; i++) apply(list + usize(i) * AUTHORIZATION_SIZE)
}

function apply(tuple: usize): void {
  if (load<u32>(tuple, VALID) == 0) return
  if (!isZero(tuple + TUPLE_CHAIN) && !equals(tuple + TUPLE_CHAIN, CHAIN_ID)) return
  const nonce = load<u64>(tuple, TUPLE_NONCE)
  if (nonce == u64.MAX_VALUE) return
  const authority = accountAt(tuple + AUTHORITY)
  warm(authority)
  if (hasCode(authority) && !isDelegated(authority)) return
  if (load<u64>(authority, NONCE) != nonce) return
  if (load<u32>(authority, EXISTS) != 0) machine.refund += REFUND
  if (load<u64>(tuple) == 0 && load<u64>(tuple, 8) == 0 && load<u32>(tuple, 16) == 0) {
    setCode(authority, 0, 0)
  } else {
    const designator = SCRATCH + 64
    store<u32>(designator, 0x000001ef)
    memory.copy(designator + 3, tuple, 20)
    setCode(authority, designator, 23)
  }
  setNonce(authority, nonce + 1)
}
