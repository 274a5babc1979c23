import { RollupError } from '../errors.js'
import type { L1Block } from '../l1/block.js'
import type { L2Parent } from './attributes.js'

/**
 * The sequencer's choice of time and origin for the next block; a verifier only checks its bounds.
 *
 * The origin advances as soon as L1 has a next block. The time is the wall clock, but never before the parent, and when
 * L1's clock is ahead (a development chain whose time was moved) L2 follows it, so that deposits cannot get stuck.
 *
 * @param wallClock seconds
 * @param maxDrift seconds that L2 may run ahead of its origin while L1 gives no new block
 * @throws {RollupError} `driftExceeded`
 */
export function chooseOrigin(
  parent: L2Parent,
  next: L1Block | undefined,
  wallClock: bigint,
  maxDrift: bigint,
): { next: L1Block | undefined; timestamp: bigint } {
  const earliest = later(wallClock, parent.timestamp)
  if (next) return { next, timestamp: later(next.timestamp, earliest) }
  const limit = parent.origin.timestamp + maxDrift
  if (earliest > limit)
    throw new RollupError(
      'driftExceeded',
      `no new L1 block for ${earliest - parent.origin.timestamp} s, more than the ${maxDrift} s that L2 may run ahead`,
      { meta: { origin: parent.origin.number, drift: earliest - parent.origin.timestamp } },
    )
  return { next: undefined, timestamp: earliest }
}

function later(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}
