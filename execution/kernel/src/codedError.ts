export type CodedErrorOptions = {
  /** What it comes from. */
  cause?: unknown
  /** Values that the message speaks of, for logs and answers. */
  meta?: Record<string, unknown>
}

/**
 * Base of the errors of every package. `code` is stable, and data for answers, log fields and metric labels; `shortMessage` fits one
 * line and is fit for users.
 *
 * @example
 * class VaultError extends CodedError<'tampered' | 'missingBlock'> {
 *   override readonly name = 'VaultError'
 * }
 * throw new VaultError('tampered', 'The block is not what was sealed.', { cause })
 */
export class CodedError<Code extends string = string> extends Error {
  override readonly name: string = 'CodedError'
  readonly code: Code
  readonly shortMessage: string
  readonly meta: Record<string, unknown>

  constructor(code: Code, shortMessage: string, { cause, meta = {} }: CodedErrorOptions = {}) {
    super(shortMessage, cause === undefined ? undefined : { cause })
    this.code = code
    this.shortMessage = shortMessage
    this.meta = meta
  }
}
