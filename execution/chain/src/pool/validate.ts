import { emptyCodeHash, equalBytes } from '@metis-stack/kernel'
import type { Account, Fork } from '@metis-stack/metisvm'
import { max } from '../bigints.js'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import { PoolError, type PoolErrorCode } from '../errors.js'
import type { SignedTransaction, Transaction } from '../types/transaction.js'
import { transactionGasCap } from '../validation/constants.js'
import { intrinsicGas } from '../validation/intrinsicGas.js'
import type { PoolEntry } from './entry.js'
import type { PoolOptions } from './options.js'

const defaultMaxCodeSize = 24_576
const maxNonce = 2n ** 64n - 1n

const firstFork = { 0: 'frontier', 1: 'berlin', 2: 'london', 4: 'prague' } as const

/**
 * Types that the pool takes: blobs would need their sidecars, deposits come from derivation only.
 *
 * @throws {PoolError} `typeNotAllowed`
 */
export function checkType(fork: Fork, transaction: Transaction): asserts transaction is SignedTransaction {
  const { type } = transaction
  if (type === 3 || type === 0x7e || !isAtLeast(fork, firstFork[type]))
    refuse('typeNotAllowed', `Transactions of type ${type} are not taken here.`)
}

/**
 * What does not depend on the sender's account.
 *
 * @throws {PoolError}
 */
export function checkTransaction(
  entry: PoolEntry,
  context: { config: ChainConfig; fork: Fork; gasLimit: bigint; options: PoolOptions },
): void {
  const { transaction, size } = entry
  const { config, fork, gasLimit, options } = context
  if (size > options.maxTransactionBytes)
    refuse('transactionTooLarge', `Transaction has ${size} bytes, more than ${options.maxTransactionBytes}.`)
  if (transaction.chainId === undefined) {
    if (!options.allowUnprotected)
      refuse('notReplayProtected', 'Only replay-protected transactions (EIP-155).')
  } else if (transaction.chainId !== config.chainId) {
    refuse('chainIdMismatch', `Chain id is ${transaction.chainId} instead of ${config.chainId}.`)
  }
  if (transaction.nonce >= maxNonce) refuse('nonceTooHigh', 'Nonce is 2^64 - 1 (EIP-2681).')
  if (entry.maxTip > entry.maxFee) refuse('tipAboveFee', 'The tip exceeds the fee cap.')
  if (entry.maxTip < options.minTip)
    refuse('underpriced', `Tip of ${entry.maxTip} wei per gas is below ${options.minTip}.`)
  checkGas(transaction, fork, gasLimit)
  const initcodeLimit = 2 * (config.maxCodeSize ?? defaultMaxCodeSize)
  if (transaction.to === undefined && isAtLeast(fork, 'shanghai') && dataBytes(transaction) > initcodeLimit)
    refuse('initcodeTooLarge', `Init code is longer than ${initcodeLimit} bytes (EIP-3860).`)
  if (transaction.type === 4 && transaction.authorizationList.length === 0)
    refuse('emptyAuthorizationList', 'A set-code transaction needs an authorization (EIP-7702).')
}

function checkGas(transaction: SignedTransaction, fork: Fork, gasLimit: bigint): void {
  if (transaction.gas > gasLimit)
    refuse('gasLimitTooHigh', `Gas limit ${transaction.gas} exceeds the block's ${gasLimit}.`)
  if (isAtLeast(fork, 'osaka') && transaction.gas > transactionGasCap)
    refuse('gasLimitTooHigh', `Gas limit ${transaction.gas} exceeds ${transactionGasCap} (EIP-7825).`)
  const { intrinsic, floor } = intrinsicGas(fork, transaction)
  const needed = max(intrinsic, floor)
  if (transaction.gas < needed)
    refuse('intrinsicGas', `Gas limit ${transaction.gas} is below the ${needed} that it costs at least.`)
}

/** Does the account's code, if any, allow it to send? A delegation (EIP-7702) does. */
export function senderKind(
  account: Account | undefined,
  code: (hash: Uint8Array) => Uint8Array,
): 'plain' | 'delegated' | 'contract' {
  if (!account || equalBytes(account.codeHash, emptyCodeHash)) return 'plain'
  const bytes = code(account.codeHash)
  if (bytes.length === 0) return 'plain'
  const delegated = bytes.length === 23 && bytes[0] === 0xef && bytes[1] === 0x01 && bytes[2] === 0x00
  return delegated ? 'delegated' : 'contract'
}

export function refuse(code: PoolErrorCode, message: string): never {
  throw new PoolError(code, message)
}

function dataBytes(transaction: SignedTransaction): number {
  return (transaction.data.length - 2) / 2
}
