export type KernelErrorCode =
  | 'notBuilt'
  | 'missingNode'
  | 'invalidNode'
  | 'invalidRlp'
  | 'invalidHex'
  | 'outOfMemory'
  | 'invalidModule'

/** Any failure of the kernel that is not a fault of its own. `code` is stable; `shortMessage` fits one line. */
export class KernelError extends Error {
  override readonly name: string = 'KernelError'
  readonly code: KernelErrorCode
  readonly shortMessage: string

  constructor(code: KernelErrorCode, shortMessage: string, cause?: unknown) {
    super(shortMessage, cause === undefined ? undefined : { cause })
    this.code = code
    this.shortMessage = shortMessage
  }
}
