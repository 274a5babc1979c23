export type VmErrorCode =
  | 'noTarget'
  | 'noRpc'
  | 'noCode'
  | 'badFile'
  | 'badHex'
  | 'badAddress'
  | 'badNumber'
  | 'rpc'

/** A `metis vm` command that cannot do what it was asked. */
export class VmError extends Error {
  override name = 'VmError'
  readonly shortMessage: string
  constructor(
    readonly code: VmErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause })
    this.shortMessage = message
  }
}
