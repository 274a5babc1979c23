import { CodedError } from '@metis-stack/kernel'

export type RollupErrorCode =
  /** L1 does not answer; retried with backoff. */
  | 'l1Unavailable'
  /** The L1 endpoint serves another chain than the rollup settles on. */
  | 'l1WrongChain'
  /** An L1 block that L2 blocks were derived from is no longer canonical. */
  | 'l1Reorg'
  /** A deposit event whose payload no portal of ours could have written. */
  | 'malformedDeposit'
  /** The L2 clock is further ahead of its L1 origin than allowed. */
  | 'driftExceeded'
  /** Payload attributes that do not follow from parent, origin and time. */
  | 'invalidAttributes'
  /** Bytes that encode no L1 origin. */
  | 'malformedOrigin'
  /** An output that the oracle did not take. */
  | 'proposalFailed'

/** Any failure of this package that is not a fault of its own. */
export class RollupError extends CodedError<RollupErrorCode> {
  override readonly name = 'RollupError'
}

/** First line of what went wrong; viem errors print whole requests, and a blob is 128 KiB. */
export function briefly(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const short = (error as { shortMessage?: unknown } | undefined)?.shortMessage
  const text = typeof short === 'string' ? short : message
  return text.split('\n', 1)[0]!.slice(0, 200)
}
