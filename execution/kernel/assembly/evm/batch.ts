/**
 * Several transactions in one call of the host. It writes them one behind the other: what lies at TRANSACTION for a single one,
 * with the address of the next in place of TX_ARENA, then data and lists. Outcomes go to RESULT, one behind the single
 * transaction's own; logs and outputs, which the next transaction overwrites, to memory that the host provides.
 */
import { LOGS, RESULT, TRANSACTION } from '../world/layout'
import { logPosition } from '../world/logs'
import { TX_ARENA, TX_GAS_LIMIT } from './environment'
import { Invalid } from './outcome'
import { transact } from './transaction'

/** An outcome as transaction.ts leaves it at RESULT takes 64 bytes; behind it where the logs are and their bytes, u32 each, and the gas left, u64. */
const OUTCOME: usize = 80
const GAS_USED: usize = 8
const OUTPUT: usize = 24
const OUTPUT_SIZE: usize = 28
const LOGS_AT: usize = 64
const LOGS_SIZE: usize = 68
const GAS_LEFT: usize = 72

/**
 * Executes up to `count` transactions from `record` on and returns how many: it ends before one that may not be in the block, or
 * may use more gas than is left of `gas`, and after one whose logs and output do not fit between `kept` and `arena`: these are still where the transaction left them.
 *
 * @param arena where EVM memory begins, for each of them
 */
export function transactAll(record: usize, count: u32, kept: usize, arena: usize, gas: u64): u32 {
  let outcome: usize = RESULT
  for (let i: u32 = 0; i < count; i++) {
    memory.copy(TRANSACTION, record, TX_ARENA - TRANSACTION)
    store<u32>(TX_ARENA, u32(arena))
    record = load<u32>(record, TX_ARENA - TRANSACTION)
    if (load<u64>(TX_GAS_LIMIT) > gas || transact() != Invalid.None) return i
    outcome += OUTCOME
    memory.copy(outcome, RESULT, LOGS_AT)
    gas -= min<u64>(gas, load<u64>(RESULT, GAS_USED))
    store<u64>(outcome, gas, GAS_LEFT)
    const logs = logPosition() - LOGS
    const output: usize = load<u32>(RESULT, OUTPUT_SIZE)
    store<u32>(outcome, u32(LOGS), LOGS_AT)
    store<u32>(outcome, u32(logs), LOGS_SIZE)
    if (logs > arena - kept || output > arena - kept - logs) return i + 1
    memory.copy(kept, LOGS, logs)
    store<u32>(outcome, u32(kept), LOGS_AT)
    kept += logs
    memory.copy(kept, load<u32>(RESULT, OUTPUT), output)
    store<u32>(outcome, u32(kept), OUTPUT)
    kept += output
  }
  return count
}
