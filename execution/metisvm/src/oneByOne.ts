import { InvalidTransactionError } from './errors.js'
import type { EvmTransaction, ExecutionResult, Session } from './interface.js'

/** What `transactAll` of a session means, for sessions that stand around another one and watch each transaction. */
export function oneByOne(
  session: Pick<Session, 'transact'>,
  transactions: readonly EvmTransaction[],
): ExecutionResult[] {
  const results: ExecutionResult[] = []
  for (const transaction of transactions) {
    try {
      results.push(session.transact(transaction))
    } catch (error) {
      if (error instanceof InvalidTransactionError) break
      throw error
    }
  }
  return results
}
