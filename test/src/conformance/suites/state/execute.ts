import { bytesToHex, keccak256, rlp } from '@metis-stack/kernel'
import type { View } from '@metis-stack/metisdb'
import {
  type BlockEnv,
  type ChainRules,
  type Evm,
  type ExecutionResult,
  InvalidTransactionError,
  type Log,
} from '@metis-stack/metisvm'
import { UnrepresentableError } from '../../hex.js'
import type { PostFixture, TransactionFixture } from './fixture.js'
import { transactionOf } from './transaction.js'

export type Outcome = {
  /** state root */
  root: string
  /** keccak-256 of the RLP of the logs */
  logs: string
  /** Why the transaction was not executed. */
  rejection?: string
  result?: ExecutionResult
}

/** Hash of logs as state tests have it. */
export const logsHash = (logs: readonly Log[]): string =>
  bytesToHex(keccak256(rlp.encode(logs.map((log) => [log.address, log.topics, log.data]))))

/** Executes one transaction on `view`, then touches the coinbase as a block reward of zero would. */
export function execute(
  evm: Evm,
  view: View,
  rules: ChainRules,
  env: BlockEnv,
  fixture: TransactionFixture,
  indexes: PostFixture['indexes'],
): Outcome {
  using session = evm.begin(rules, env, view)
  const tried = attempt(() => transactionOf(fixture, indexes))
  const result = 'rejection' in tried ? tried : attempt(() => session.transact(tried.value))
  session.credit(env.coinbase, 0n)
  const overlay = view.overlay()
  overlay.apply(session.changes())
  const root = bytesToHex(overlay.root())
  if ('rejection' in result) return { root, logs: logsHash([]), rejection: result.rejection }
  return { root, logs: logsHash(result.value.logs), result: result.value }
}

function attempt<T>(action: () => T): { value: T } | { rejection: string } {
  try {
    return { value: action() }
  } catch (error) {
    if (error instanceof InvalidTransactionError) return { rejection: error.code }
    if (error instanceof UnrepresentableError) return { rejection: error.message }
    throw error
  }
}
