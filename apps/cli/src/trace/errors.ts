export type TraceErrorCode = 'noTransaction' | 'badHash' | 'noRpc' | 'noArtifacts' | 'notTraceable'

/** A `metis trace` command that cannot do what it was asked. */
export class TraceError extends Error {
  override name = 'TraceError'
  readonly shortMessage: string
  constructor(
    readonly code: TraceErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause })
    this.shortMessage = message
  }
}
