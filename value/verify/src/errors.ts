import { CodedError } from '@metis-stack/kernel'

export type VerifyErrorCode =
  /** The registry has no such model. */
  | 'modelNotFound'
  /** What the node returned is not what the registry's storage can hold. */
  | 'badResponse'

/** Verification could not be carried out: nothing is said about the receipt. */
export class VerifyError extends CodedError<VerifyErrorCode> {
  override readonly name = 'VerifyError'
}
