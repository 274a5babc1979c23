import { type CaseResult, skipped } from '../cases.js'

/** TransactionTests: which raw transactions are valid at which fork, with hash, sender and intrinsic gas. */
export type TransactionTestFixture = {
  txbytes: string
  result: Record<string, { exception?: string; hash?: string; sender?: string; intrinsicGas: string }>
}

export function checkTransactionTest(name: string, fixture: TransactionTestFixture): CaseResult[] {
  return Object.keys(fixture.result).map((fork) =>
    skipped(`${name} ${fork}`, 'not connected to the transaction decoder yet'),
  )
}
