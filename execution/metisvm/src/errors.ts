import { CodedError } from '@metis-stack/kernel'
import type { InvalidTransactionCode } from './interface.js'

const messages: Record<InvalidTransactionCode, string> = {
  nonceTooLow: 'The nonce was used before.',
  nonceTooHigh: 'The nonce is ahead of the account.',
  nonceMax: 'The account has no nonces left.',
  insufficientFunds: 'The balance does not cover value and the most the gas may cost.',
  intrinsicGas: 'The gas limit is below the cost of the transaction itself.',
  floorGas: 'The gas limit is below the floor for its data.',
  gasLimitAboveBlock: 'The gas limit is above the block gas limit.',
  gasLimitAboveCap: 'The gas limit is above the cap for one transaction.',
  feeBelowBaseFee: 'The maximum fee per gas is below the base fee.',
  tipAboveFee: 'The priority fee is above the maximum fee.',
  senderNotEoa: 'The sender is a contract.',
  initcodeTooLarge: 'The init code is too large.',
  typeNotSupported: 'The transaction type does not exist in this fork.',
  blobFeeTooLow: 'The maximum fee per blob gas is below the blob base fee.',
  noBlobs: 'A blob transaction needs at least one blob.',
  tooManyBlobs: 'The transaction has too many blobs.',
  blobVersion: 'A blob hash has an unknown version.',
  blobCreate: 'A blob transaction cannot create a contract.',
  emptyAuthorizationList: 'A set-code transaction needs at least one authorisation.',
  setCodeCreate: 'A set-code transaction cannot create a contract.',
  chainIdMismatch: 'The transaction is for another chain.',
}

/** The transaction may not be in this block; the state is as it was before. */
export class InvalidTransactionError extends Error {
  override readonly name = 'InvalidTransactionError'
  readonly shortMessage: string

  constructor(
    readonly code: InvalidTransactionCode,
    readonly meta: Record<string, string> = {},
  ) {
    const details = Object.entries(meta).map(([key, value]) => `${key}: ${value}`)
    super([messages[code], ...details].join('\n'))
    this.shortMessage = messages[code]
  }
}

export type EvmErrorCode = 'sessionClosed' | 'sessionBroken' | 'tooManyPrecompiles' | 'badInput'

/** The engine was used wrongly, or what it depends on failed. Never the fault of a contract. */
export class EvmError extends CodedError<EvmErrorCode> {
  override readonly name = 'EvmError'
}
