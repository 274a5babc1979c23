import type { Hash } from 'viem'
import { MetisError } from './metisError.js'

/** A transaction was mined but reverted. */
export class TransactionRevertedError extends MetisError {
  override name = 'TransactionRevertedError'
  constructor(
    what: string,
    readonly hash: Hash,
  ) {
    super(`${what} reverted.`, { metaMessages: [`Transaction: ${hash}`] })
  }
}

/** A transaction's logs do not hold what they should; it is not the transaction that was meant. */
export class LogNotFoundError extends MetisError {
  override name = 'LogNotFoundError'
  constructor(
    readonly event: string,
    readonly hash: Hash,
  ) {
    super(`There is no ${event} event in the transaction.`, { metaMessages: [`Transaction: ${hash}`] })
  }
}

/** Something that was waited for did not happen in time. */
export class WaitTimeoutError extends MetisError {
  override name = 'WaitTimeoutError'
  constructor(what: string, timeout: number, cause?: unknown) {
    super(`Timed out after ${timeout / 1000} s waiting for ${what}.`, { cause })
  }
}
