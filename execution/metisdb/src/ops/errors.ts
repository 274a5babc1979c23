import { CodedError } from '@metis-stack/kernel'

export type StateOperationErrorCode =
  | 'targetNotEmpty'
  | 'notASnapshot'
  | 'wrongVersion'
  | 'wrongChain'
  | 'damagedSnapshot'
  | 'wrongRoot'
  | 'needsConsent'
  | 'beyondRepair'

/** An operation on a state folder or a snapshot that could not be done. */
export class StateOperationError extends CodedError<StateOperationErrorCode> {
  override readonly name = 'StateOperationError'
}
