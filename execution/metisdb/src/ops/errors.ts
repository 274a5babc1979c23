export type StateOperationErrorCode =
  | 'targetNotEmpty'
  | 'notASnapshot'
  | 'wrongVersion'
  | 'wrongChain'
  | 'damagedSnapshot'
  | 'wrongRoot'
  | 'needsConsent'
  | 'beyondRepair'

/** An operation on a state folder or a snapshot that could not be done. `shortMessage` fits one line. */
export class StateOperationError extends Error {
  override readonly name = 'StateOperationError'
  readonly code: StateOperationErrorCode
  readonly shortMessage: string

  constructor(code: StateOperationErrorCode, shortMessage: string, cause?: unknown) {
    super(shortMessage, cause === undefined ? undefined : { cause })
    this.code = code
    this.shortMessage = shortMessage
  }
}
