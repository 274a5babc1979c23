/** Base of this package's errors: `code` is data for RPC answers, log fields and metric labels. */
export class ChainError<Code extends string = string> extends Error {
  override name = 'ChainError'
  readonly code: Code
  readonly shortMessage: string
  readonly meta: Record<string, unknown>

  constructor(
    code: Code,
    shortMessage: string,
    options: { meta?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(shortMessage, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.shortMessage = shortMessage
    this.meta = options.meta ?? {}
  }
}

export type TransactionDecodeCode =
  | 'rlp'
  | 'emptyInput'
  | 'unknownType'
  | 'fieldCount'
  | 'integerFormat'
  | 'integerTooLarge'
  | 'addressLength'
  | 'hashLength'
  | 'invalidSignature'
  | 'highS'
  | 'invalidV'
  | 'sidecar'

/** Bytes that are no transaction. */
export class TransactionDecodeError extends ChainError<TransactionDecodeCode> {
  override name = 'TransactionDecodeError'
}

export type BlockErrorCode =
  | 'rlp'
  | 'transaction'
  | 'unknownParent'
  | 'number'
  | 'timestamp'
  | 'gasLimit'
  | 'gasUsed'
  | 'extraData'
  | 'difficulty'
  | 'nonce'
  | 'mixHash'
  | 'uncles'
  | 'baseFee'
  | 'missingField'
  | 'unexpectedField'
  | 'blobGas'
  | 'stateRoot'
  | 'transactionsRoot'
  | 'receiptsRoot'
  | 'withdrawalsRoot'
  | 'requestsHash'
  | 'logsBloom'
  | 'blockSize'
  | 'systemCall'
  | 'depositOrder'

/** A block that may not join the chain. */
export class BlockError extends ChainError<BlockErrorCode> {
  override name = 'BlockError'
}

export type PoolErrorCode =
  | 'alreadyKnown'
  | 'replacementUnderpriced'
  | 'underpriced'
  | 'senderLimit'
  | 'poolFull'
  | 'transactionTooLarge'
  | 'nonceTooLow'
  | 'nonceTooHigh'
  | 'nonceGapTooLarge'
  | 'insufficientFunds'
  | 'intrinsicGas'
  | 'gasLimitTooHigh'
  | 'typeNotAllowed'
  | 'chainIdMismatch'
  | 'notReplayProtected'
  | 'tipAboveFee'
  | 'initcodeTooLarge'
  | 'senderNotEoa'
  | 'delegatedSenderLimit'
  | 'emptyAuthorizationList'
  | 'noBlobs'
  | 'tooManyBlobs'
  | 'blobVersion'

/** A transaction that the pool does not take. */
export class PoolError extends ChainError<PoolErrorCode> {
  override name = 'PoolError'
}
