/** LOG0 … LOG4. */
import { reverse, saturate } from '../math/u256'
import { ADDRESS } from '../world/account'
import { beginLog, HEADER } from '../world/logs'
import { ACCOUNT } from './frame'
import { machine } from './machine'
import { expand } from './memory'
import { TRACE, traceLog } from './trace'

/** Stack: offset, size, topics. Returns the gas left, negative when it does not suffice. */
export function emitLog(sp: usize, topics: u32, gas: i64): i64 {
  const offset = saturate(sp)
  const size = saturate(sp - 32)
  gas = expand(gas, offset, size)
  if (gas < 0) return -1
  gas -= i64(size) << 3
  if (gas < 0) return -1
  let at = beginLog(load<usize>(machine.frame, ACCOUNT) + ADDRESS, topics, usize(size))
  if (at == 0) return -1
  const record = at - HEADER
  for (let i: u32 = 0; i < topics; i++) {
    reverse(at, sp - 64 - (usize(i) << 5))
    at += 32
  }
  if (size != 0) memory.copy(at, machine.memory + usize(offset), usize(size))
  if (TRACE) traceLog(record)
  return gas
}
