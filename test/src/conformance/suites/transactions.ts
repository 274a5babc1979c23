import {
  type ChainConfig,
  decodeTransaction,
  ethereumFeeMarket,
  intrinsicGas,
  isAtLeast,
  type Transaction,
  TransactionDecodeError,
  validateTransaction,
} from '@metis-stack/chain'
import { type Fork, InvalidTransactionError } from '@metis-stack/metisvm'
import { type CaseResult, failed, passed, skipped } from '../cases.js'
import { bigintOf, bytesOf } from '../hex.js'
import { forkNamed } from './state/forks.js'

/** TransactionTests: which raw transactions are valid at which fork, with hash, sender and intrinsic gas. */
export type TransactionTestFixture = {
  txbytes: string
  result: Record<string, { exception?: string; hash?: string; sender?: string; intrinsicGas: string }>
}

const ethereum: Omit<ChainConfig, 'forks'> = {
  kind: 'ethereum',
  chainId: 1n,
  feeMarket: ethereumFeeMarket,
  gasLimit: 30_000_000n,
  feeRecipients: {},
}

export function checkTransactionTest(name: string, fixture: TransactionTestFixture): CaseResult[] {
  return Object.entries(fixture.result).map(([network, expected]) => {
    const title = `${name} ${network}`
    const fork = forkNamed(network)
    if (fork === undefined) return skipped(title, `fork ${network} is unknown`)
    const outcome = outcomeOf(fork, bytesOf(fixture.txbytes))
    if ('refusal' in outcome)
      return expected.exception ? passed(title) : failed(title, `valid, we say: ${outcome.refusal}`)
    if (expected.exception) return failed(title, `must be refused: ${expected.exception}`)
    const { hash, from } = outcome.transaction
    if (hash !== expected.hash) return failed(title, `hash is ${hash} instead of ${expected.hash}`)
    if (from !== expected.sender?.toLowerCase()) return failed(title, `sender is ${from}`)
    const gas = intrinsicGas(fork, outcome.transaction).intrinsic
    return gas === bigintOf(expected.intrinsicGas)
      ? passed(title)
      : failed(title, `intrinsic gas is ${gas} instead of ${bigintOf(expected.intrinsicGas)}`)
  })
}

function outcomeOf(fork: Fork, raw: Uint8Array): { transaction: Transaction } | { refusal: string } {
  try {
    const transaction = decodeTransaction(raw, { allowHighS: !isAtLeast(fork, 'homestead') })
    validateTransaction({ ...ethereum, forks: [{ fork }] }, fork, transaction)
    return { transaction }
  } catch (error) {
    if (error instanceof TransactionDecodeError || error instanceof InvalidTransactionError)
      return { refusal: `${error.code}: ${error.message}` }
    throw error
  }
}
