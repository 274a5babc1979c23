import { type Fork, InvalidTransactionError } from '@metis-stack/metisvm'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import type { Transaction } from '../types/transaction.js'

/**
 * Rules of the chain that the engine does not know: chain id, and which types are allowed.
 *
 * @throws {InvalidTransactionError}
 */
export function checkTransactionRules(config: ChainConfig, fork: Fork, transaction: Transaction): void {
  if (transaction.type === 0x7e) {
    if (config.kind !== 'l2')
      throw new InvalidTransactionError('typeNotSupported', { reason: 'deposits exist on an L2 only' })
    return
  }
  if (transaction.type === 3 && config.kind === 'l2')
    throw new InvalidTransactionError('typeNotSupported', { reason: 'blobs belong on the L1' })
  if (transaction.chainId !== undefined) {
    if (transaction.chainId !== config.chainId)
      throw new InvalidTransactionError('chainIdMismatch', {
        given: String(transaction.chainId),
        expected: String(config.chainId),
      })
    if (!isAtLeast(fork, 'spuriousDragon'))
      throw new InvalidTransactionError('chainIdMismatch', {
        reason: 'replay protection came with Spurious Dragon',
      })
  }
}
