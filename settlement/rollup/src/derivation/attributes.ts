import type { Hex, PayloadAttributes } from '@metis-stack/chain'
import { RollupError } from '../errors.js'
import type { L1Block } from '../l1/block.js'
import { l1AttributesDeposit } from './l1Attributes.js'
import { encodeOrigin, type L1Origin } from './origin.js'

/** What derivation needs to know of the L2 block to build on. */
export type L2Parent = {
  /** seconds */
  timestamp: bigint
  /** its PREVRANDAO */
  mixHash: Hex
  origin: L1Origin
}

/**
 * Attributes of the L2 block after `parent`: a pure function, so that whoever knows L1 and the block's transactions
 * derives the same block as the sequencer. Either the origin stays (no deposits), or it advances by exactly one L1 block
 * and all of that block's deposits come first, after the L1-attributes transaction.
 *
 * Batches will add `transactions` and `noTxPool` here; nothing else changes.
 *
 * @param next the L1 block after the parent's origin, or `undefined` to keep the origin
 * @param timestamp seconds; at least the parent's and at least the origin's
 * @throws {RollupError} `invalidAttributes`, or `l1Reorg` when `next` does not follow the parent's origin
 */
export function payloadAttributes(
  parent: L2Parent,
  next: L1Block | undefined,
  timestamp: bigint,
): PayloadAttributes {
  if (timestamp < parent.timestamp)
    throw new RollupError(
      'invalidAttributes',
      `timestamp ${timestamp} is before the parent's ${parent.timestamp}`,
    )
  if (!next)
    return { timestamp, prevRandao: parent.mixHash, deposits: [], l1Origin: encodeOrigin(parent.origin) }
  if (next.number !== parent.origin.number + 1n)
    throw new RollupError(
      'invalidAttributes',
      `L1 block ${next.number} is not next after ${parent.origin.number}`,
    )
  if (next.parentHash !== parent.origin.hash)
    throw new RollupError(
      'l1Reorg',
      `L1 block ${next.number} does not follow the origin ${parent.origin.hash}`,
    )
  if (timestamp < next.timestamp)
    throw new RollupError(
      'invalidAttributes',
      `timestamp ${timestamp} is before the L1 origin's ${next.timestamp}`,
    )
  return {
    timestamp,
    prevRandao: next.prevRandao,
    deposits: [l1AttributesDeposit(next), ...next.deposits],
    l1Origin: encodeOrigin(next),
  }
}
