import { bytesToHex } from '@metis-stack/kernel'

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

/** Any failure of the state that is not a fault of the caller's values. `code` is stable; `shortMessage` fits one line. */
export class StateError extends Error {
  override readonly name: string = 'StateError'
  readonly code: StateErrorCode
  readonly shortMessage: string

  constructor(code: StateErrorCode, shortMessage: string, cause?: unknown) {
    super(shortMessage, cause === undefined ? undefined : { cause })
    this.code = code
    this.shortMessage = shortMessage
  }
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
