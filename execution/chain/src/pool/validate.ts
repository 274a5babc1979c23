import { emptyCodeHash, equalBytes } from '@metis-stack/kernel'
import {
  type Account,
  type Fork,
  type InvalidTransactionCode,
  InvalidTransactionError,
} from '@metis-stack/metisvm'
import type { ChainConfig } from '../config/config.js'
import { PoolError, type PoolErrorCode } from '../errors.js'
import type { SignedTransaction, Transaction } from '../types/transaction.js'
import { validateTransaction } from '../validation/transaction.js'
import type { PoolEntry } from './entry.js'
import type { PoolOptions } from './options.js'

/** How the pool names what no block could take. */
const poolCodes: Partial<Record<InvalidTransactionCode, PoolErrorCode>> = {
  typeNotSupported: 'typeNotAllowed',
  chainIdMismatch: 'chainIdMismatch',
  nonceMax: 'nonceTooHigh',
  tipAboveFee: 'tipAboveFee',
  insufficientFunds: 'insufficientFunds',
  intrinsicGas: 'intrinsicGas',
  floorGas: 'intrinsicGas',
  gasLimitAboveCap: 'gasLimitTooHigh',
  initcodeTooLarge: 'initcodeTooLarge',
  emptyAuthorizationList: 'emptyAuthorizationList',
  noBlobs: 'noBlobs',
  tooManyBlobs: 'tooManyBlobs',
  blobVersion: 'blobVersion',
}

/**
 * Deposits come from derivation only.
 *
 * @throws {PoolError} `typeNotAllowed`
 */
export function checkSigned(transaction: Transaction): asserts transaction is SignedTransaction {
  if (transaction.type === 0x7e) refuse('typeNotAllowed', 'Deposits are made on L1.')
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
  if (transaction.chainId === undefined && !options.allowUnprotected)
    refuse('notReplayProtected', 'Only replay-protected transactions (EIP-155).')
  if (transaction.gas > gasLimit)
    refuse('gasLimitTooHigh', `Gas limit ${transaction.gas} exceeds the block's ${gasLimit}.`)
  try {
    validateTransaction(config, fork, transaction)
  } catch (error) {
    const code = error instanceof InvalidTransactionError ? poolCodes[error.code] : undefined
    if (!code) throw error
    throw new PoolError(code, (error as Error).message, { cause: error })
  }
  if (entry.maxTip < options.minTip)
    refuse('underpriced', `Tip of ${entry.maxTip} wei per gas is below ${options.minTip}.`)
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
