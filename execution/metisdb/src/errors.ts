import { bytesToHex, CodedError } from '@metis-stack/kernel'

export type StateErrorCode =
  | 'notFound'
  | 'damaged'
  | 'missingCode'
  | 'closed'
  | 'locked'
  | 'wrongVersion'
  | 'wrongChain'
  | 'notAStateFolder'
  | 'noSpace'
  | 'noPermission'
  | 'outOfMemory'
  | 'io'

/** Any failure of the state that is not a fault of the caller's values. */
export class StateError extends CodedError<StateErrorCode> {
  override readonly name: string = 'StateError'
}

/** The state of this root is not kept: never committed here, or pruned. */
export class StateNotFoundError extends StateError {
  override readonly name = 'StateNotFoundError'
  readonly root: Uint8Array

  constructor(root: Uint8Array) {
    super('notFound', `State ${bytesToHex(root)} is not kept.`)
    this.root = root
  }
}
