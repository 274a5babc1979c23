import { type Fork, InvalidTransactionError } from '@metis-stack/metisvm'
import { max } from '../bigints.js'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import { checkTransactionRules } from '../execution/transactionRules.js'
import type { SignedTransaction, Transaction, TransactionType } from '../types/transaction.js'
import { transactionGasCap } from './constants.js'
import { intrinsicGas } from './intrinsicGas.js'

const defaultMaxCodeSize = 24_576
const maxNonce = 2n ** 64n - 1n
const maxCost = 2n ** 256n - 1n
/** EIP-7594 */
const maxBlobsPerTransaction = 6
/** EIP-4844 */
const blobHashVersion = '0x01'

const firstFork: Record<Exclude<TransactionType, 0x7e>, Fork> = {
  0: 'frontier',
  1: 'berlin',
  2: 'london',
  3: 'cancun',
  4: 'prague',
}

/**
 * Could any block under these rules take the transaction, whatever the state? The engine checks the same when it executes;
 * pool and peers need to know before.
 *
 * @throws {InvalidTransactionError}
 */
export function validateTransaction(config: ChainConfig, fork: Fork, transaction: Transaction): void {
  checkTransactionRules(config, fork, transaction)
  if (transaction.type === 0x7e) return
  if (!isAtLeast(fork, firstFork[transaction.type])) throw new InvalidTransactionError('typeNotSupported')
  if (transaction.nonce >= maxNonce) throw new InvalidTransactionError('nonceMax')
  checkFees(transaction)
  checkGas(fork, transaction)
  checkPayload(config, fork, transaction)
}

function checkFees(transaction: SignedTransaction): void {
  const legacy = transaction.type === 0 || transaction.type === 1
  const fee = legacy ? transaction.gasPrice : transaction.maxFeePerGas
  if (!legacy && transaction.maxPriorityFeePerGas > fee) throw new InvalidTransactionError('tipAboveFee')
  if (transaction.gas * fee > maxCost)
    throw new InvalidTransactionError('insufficientFunds', {
      reason: 'its gas may cost more than 2^256 - 1 wei',
    })
}

function checkGas(fork: Fork, transaction: SignedTransaction): void {
  const { intrinsic, floor } = intrinsicGas(fork, transaction)
  const needed = max(intrinsic, floor)
  if (transaction.gas < needed)
    throw new InvalidTransactionError(intrinsic < needed ? 'floorGas' : 'intrinsicGas', {
      gas: String(transaction.gas),
      needed: String(needed),
    })
  if (isAtLeast(fork, 'osaka') && transaction.gas > transactionGasCap)
    throw new InvalidTransactionError('gasLimitAboveCap', { cap: String(transactionGasCap) })
}

function checkPayload(config: ChainConfig, fork: Fork, transaction: SignedTransaction): void {
  const initcodeLimit = 2 * (config.maxCodeSize ?? defaultMaxCodeSize)
  const bytes = (transaction.data.length - 2) / 2
  if (transaction.to === undefined && isAtLeast(fork, 'shanghai') && bytes > initcodeLimit)
    throw new InvalidTransactionError('initcodeTooLarge', { limit: String(initcodeLimit) })
  if (transaction.type === 4 && transaction.authorizationList.length === 0)
    throw new InvalidTransactionError('emptyAuthorizationList')
  if (transaction.type !== 3) return
  const { blobVersionedHashes } = transaction
  if (blobVersionedHashes.length === 0) throw new InvalidTransactionError('noBlobs')
  if (blobVersionedHashes.some((hash) => !hash.startsWith(blobHashVersion)))
    throw new InvalidTransactionError('blobVersion')
  if (isAtLeast(fork, 'osaka') && blobVersionedHashes.length > maxBlobsPerTransaction)
    throw new InvalidTransactionError('tooManyBlobs')
}
