export type VerifyErrorCode =
  /** The registry has no such model. */
  | 'modelNotFound'
  /** What the node returned is not what the registry's storage can hold. */
  | 'badResponse'

/** Verification could not be carried out: nothing is said about the receipt. `code` is stable; `shortMessage` fits one line. */
export class VerifyError extends Error {
  override readonly name = 'VerifyError'
  readonly code: VerifyErrorCode
  readonly shortMessage: string

  constructor(code: VerifyErrorCode, shortMessage: string, cause?: unknown) {
    super(shortMessage, cause === undefined ? undefined : { cause })
    this.code = code
    this.shortMessage = shortMessage
  }
}
