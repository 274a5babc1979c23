import { CodedError } from '@metis-stack/kernel'

export type InferenceErrorCode =
  /** Bytes that are no program: truncated, trailing, wrong magic, a value out of its range. */
  | 'malformedProgram'
  /** A well-formed program that may not run: shapes that do not fit, an accumulator that could overflow. */
  | 'invalidProgram'
  /** Larger or more expensive than the limits in force. */
  | 'programTooLarge'
  /** Input of another length than the program's. */
  | 'inputLength'
  /** A float network that cannot be quantised, or training data that does not fit it. */
  | 'invalidNetwork'

/** Any failure of this package that is not a fault of its own. */
export class InferenceError extends CodedError<InferenceErrorCode> {
  override readonly name = 'InferenceError'
}
