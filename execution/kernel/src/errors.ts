import { CodedError } from './codedError.js'

export type KernelErrorCode =
  | 'notBuilt'
  | 'missingNode'
  | 'invalidNode'
  | 'invalidRlp'
  | 'invalidHex'
  | 'outOfMemory'
  | 'invalidModule'

/** Any failure of the kernel that is not a fault of its own. */
export class KernelError extends CodedError<KernelErrorCode> {
  override readonly name: string = 'KernelError'
}
