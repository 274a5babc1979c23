import type { Halt, InvalidTransactionCode } from '../interface.js'

/** By the number in assembly/evm/outcome.ts; 0 is "none". */
export const halts: readonly (Halt | undefined)[] = [
  undefined,
  'outOfGas',
  'stackUnderflow',
  'stackOverflow',
  'invalidJump',
  'invalidOpcode',
  'staticViolation',
  'returnDataOutOfBounds',
  'createCollision',
  'codeTooLarge',
  'initcodeTooLarge',
  'invalidCode',
  'callDepth',
  'insufficientBalance',
  'nonceOverflow',
  'precompileFailure',
]

/** By the number in assembly/evm/outcome.ts; 0 is "valid". */
export const invalidCodes: readonly (InvalidTransactionCode | undefined)[] = [
  undefined,
  'nonceTooLow',
  'nonceTooHigh',
  'nonceMax',
  'insufficientFunds',
  'intrinsicGas',
  'floorGas',
  'gasLimitAboveBlock',
  'gasLimitAboveCap',
  'feeBelowBaseFee',
  'tipAboveFee',
  'senderNotEoa',
  'initcodeTooLarge',
  'typeNotSupported',
  'blobFeeTooLow',
  'noBlobs',
  'tooManyBlobs',
  'blobVersion',
  'blobCreate',
  'emptyAuthorizationList',
  'setCodeCreate',
  'chainIdMismatch',
]
