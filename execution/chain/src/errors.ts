import { CodedError } from '@metis-stack/kernel'

/** Base of this package's errors. */
export class ChainError<Code extends string = string> extends CodedError<Code> {
  override readonly name: string = 'ChainError'
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
  override readonly name = 'TransactionDecodeError'
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
  override readonly name = 'BlockError'
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
  override readonly name = 'PoolError'
}
