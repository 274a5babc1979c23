import type { Fork } from '@metis-stack/metisvm'
import { unclesHash } from '../codec/block.js'
import { transactionsRoot, withdrawalsRoot } from '../codec/roots.js'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import { halfCurveOrder } from '../crypto/recover.js'
import { BlockError } from '../errors.js'
import type { Block } from '../types/block.js'
import { maxBlockBytes } from './constants.js'

/**
 * Does the body hold what the header commits to?
 *
 * @throws {BlockError}
 */
export function validateBody(config: ChainConfig, fork: Fork, block: Block): void {
  const { header, transactions, uncles, withdrawals } = block
  if (isAtLeast(fork, 'osaka') && block.size > maxBlockBytes)
    throw new BlockError('blockSize', `Block has ${block.size} bytes, more than ${maxBlockBytes}.`)
  if (transactionsRoot(transactions) !== header.transactionsRoot)
    throw new BlockError('transactionsRoot', 'Transactions are not those of the header.')
  if (unclesHash(uncles) !== header.sha3Uncles)
    throw new BlockError('uncles', 'Uncles are not those of the header.')
  if ((withdrawals && withdrawalsRoot(withdrawals)) !== header.withdrawalsRoot)
    throw new BlockError('withdrawalsRoot', 'Withdrawals are not those of the header.')
  if (
    isAtLeast(fork, 'homestead') &&
    transactions.some((entry) => entry.type === 0 && entry.s > halfCurveOrder)
  )
    throw new BlockError('transaction', 'A signature has its s above half the curve order (EIP-2).')
  if (config.kind === 'l2') validateDepositOrder(block)
}

function validateDepositOrder({ transactions }: Block): void {
  let signedSeen = false
  for (const { type } of transactions) {
    if (type !== 0x7e) signedSeen = true
    else if (signedSeen) throw new BlockError('depositOrder', 'A deposit stands behind other transactions.')
  }
}
