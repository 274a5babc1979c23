import {
  BlockError,
  ChainError,
  EstimationError,
  type PoolErrorCode,
  TransactionDecodeError,
} from '@metis-stack/chain'
import { InvalidTransactionError, TraceLimitError, TracerConfigError } from '@metis-stack/metisvm'
import { invalidParams, limitExceeded, RpcError, serverError } from './errors.js'
import { executionError } from './execution-errors.js'

/**
 * Rejections in geth's words: viem, ethers and cast recognise errors by these texts. Codes of the pool and of the EVM
 * share names where they mean the same.
 */
const rejections: Record<string, string> = {
  alreadyKnown: 'already known',
  replacementUnderpriced: 'replacement transaction underpriced',
  underpriced: 'transaction underpriced',
  senderLimit: 'account limit exceeded',
  poolFull: 'txpool is full',
  transactionTooLarge: 'oversized data',
  nonceTooLow: 'nonce too low',
  nonceTooHigh: 'nonce too high',
  nonceGapTooLarge: 'nonce too high',
  nonceMax: 'nonce has max value',
  insufficientFunds: 'insufficient funds for gas * price + value',
  intrinsicGas: 'intrinsic gas too low',
  floorGas: 'insufficient gas for floor data gas cost',
  gasLimitTooHigh: 'exceeds block gas limit',
  gasLimitAboveBlock: 'exceeds block gas limit',
  gasLimitAboveCap: 'transaction gas limit too high',
  feeBelowBaseFee: 'max fee per gas less than block base fee',
  tipAboveFee: 'max priority fee per gas higher than max fee per gas',
  feeCap: 'tx fee exceeds the configured cap',
  senderNotEoa: 'sender not an eoa',
  initcodeTooLarge: 'max initcode size exceeded',
  typeNotAllowed: 'transaction type not supported',
  typeNotSupported: 'transaction type not supported',
  blobFeeTooLow: 'max fee per blob gas less than block blob gas fee',
  noBlobs: 'blob transaction missing blob hashes',
  tooManyBlobs: 'blob transaction has too many blobs',
  blobVersion: 'blob has invalid hash version',
  blobCreate: 'blob transaction of type create',
  emptyAuthorizationList: 'EIP-7702 transaction with empty auth list',
  setCodeCreate: 'EIP-7702 transaction cannot be used to create contract',
  chainIdMismatch: 'invalid chain id for signer',
  notReplayProtected: 'only replay-protected (EIP-155) transactions allowed over RPC',
  delegatedSenderLimit: 'in-flight transaction limit reached for delegated accounts',
} satisfies Record<PoolErrorCode, string> & Record<string, string>

/** What a client is told of an error from below; undefined when it is not meant for clients. */
export function translateError(error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error
  if (error instanceof EstimationError) return estimationError(error)
  if (error instanceof TransactionDecodeError)
    return invalidParams(`invalid transaction: ${error.shortMessage}`)
  if (error instanceof InvalidTransactionError) return serverError(rejection(error), error)
  if (error instanceof BlockError)
    return translateError(error.cause) ?? serverError(error.shortMessage, error)
  if (error instanceof TracerConfigError) return invalidParams(error.shortMessage)
  if (error instanceof TraceLimitError) return limitExceeded(error.shortMessage)
  if (error instanceof ChainError) {
    if (error.code === 'unknownBlock') return serverError('header not found', error)
    if (error.code === 'statePruned')
      return serverError(`historical state is not available: ${error.shortMessage}`, error)
    if (error.code in rejections) return serverError(rejection(error), error)
    if (error.code === 'logRangeTooWide' || error.code === 'tooManyLogs')
      return limitExceeded(error.shortMessage)
  }
  return undefined
}

function estimationError(error: EstimationError): RpcError {
  return error.code === 'gasAllowanceExceeded'
    ? serverError(`gas required exceeds allowance (${error.result.gasUsed})`, error)
    : executionError(error.result)
}

/** `phrase: details`, the details being what the chain knows. */
export function rejection(error: {
  code: string
  shortMessage: string
  meta: Record<string, unknown>
}): string {
  const phrase = rejections[error.code] ?? 'invalid transaction'
  const details = Object.entries(error.meta).map(([key, value]) => `${key} ${value}`)
  return details.length ? `${phrase}: ${details.join(', ')}` : `${phrase}: ${error.shortMessage}`
}
