import { CodedError } from '@metis-stack/kernel'

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
export class VmError extends CodedError<VmErrorCode> {
  override readonly name = 'VmError'
}
