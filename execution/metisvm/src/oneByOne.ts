import { InvalidTransactionError } from './errors.js'
import type { EvmTransaction, ExecutionResult, Session } from './interface.js'

/** What `transactAll` of a session means, for sessions that stand around another one and watch each transaction. */
export function oneByOne(
  session: Pick<Session, 'transact'>,
  transactions: readonly EvmTransaction[],
  gas?: bigint,
): ExecutionResult[] {
  const results: ExecutionResult[] = []
  let left = gas
  for (const transaction of transactions) {
    if (left !== undefined && transaction.gasLimit > left) break
    try {
      const result = session.transact(transaction)
      results.push(result)
      if (left !== undefined) left -= result.gasUsed
    } catch (error) {
      if (error instanceof InvalidTransactionError) break
      throw error
    }
  }
  return results
}
