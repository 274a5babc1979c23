import { type Fork, forks } from '@metis-stack/metisvm'
import type { ChainConfig } from './config.js'

export type ForkPoint = {
  number: bigint
  /** seconds */
  timestamp: bigint
  /** Only chains with a fork by total difficulty need it. */
  parentTotalDifficulty?: bigint
}

/** The rules in force at a block. */
export function forkAt(config: ChainConfig, point: ForkPoint): Fork {
  let active: Fork = 'frontier'
  for (const { fork, block, time, totalDifficulty } of config.forks) {
    const begun =
      (block === undefined || point.number >= block) &&
      (time === undefined || point.timestamp >= time) &&
      (totalDifficulty === undefined || (point.parentTotalDifficulty ?? 0n) >= totalDifficulty)
    if (begun) active = fork
  }
  return active
}

/** Is `fork` the same as or later than `other`? */
export function isAtLeast(fork: Fork, other: Fork): boolean {
  return forks.indexOf(fork) >= forks.indexOf(other)
}
