import { InvalidTransactionError } from '@metis-stack/metisvm'

/** What makes a transaction unfit for a block, beyond what the engine itself checks. */
export type InvalidCode = InvalidTransactionError['code']

export function invalidTransaction(code: InvalidCode, message: string): InvalidTransactionError {
  return new InvalidTransactionError(code, message)
}
