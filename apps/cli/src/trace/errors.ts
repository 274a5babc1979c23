import { CodedError } from '@metis-stack/kernel'

export type TraceErrorCode = 'noTransaction' | 'badHash' | 'noRpc' | 'noArtifacts' | 'notTraceable'

/** A `metis trace` command that cannot do what it was asked. */
export class TraceError extends CodedError<TraceErrorCode> {
  override readonly name = 'TraceError'
}
