import type { Fork } from '@metis-stack/metisvm'
import { max } from '../bigints.js'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import type { Header } from '../types/block.js'
import { emptyUnclesHash } from './constants.js'

const minimumDifficulty = 131_072n
const bombPeriod = 100_000n

/** Difficulty of a proof-of-work block on `parent` (EIP-2, EIP-100, EIP-649 and the later delays of the bomb). */
export function nextDifficulty(
  config: ChainConfig,
  fork: Fork,
  header: Pick<Header, 'number' | 'timestamp'>,
  parent: Pick<Header, 'difficulty' | 'timestamp' | 'sha3Uncles'>,
): bigint {
  const step = parent.difficulty / 2048n
  const elapsed = header.timestamp - parent.timestamp
  let difficulty: bigint
  if (isAtLeast(fork, 'byzantium')) {
    const uncles = parent.sha3Uncles === emptyUnclesHash ? 1n : 2n
    difficulty = parent.difficulty + step * max(uncles - elapsed / 9n, -99n)
  } else if (isAtLeast(fork, 'homestead')) {
    difficulty = parent.difficulty + step * max(1n - elapsed / 10n, -99n)
  } else {
    difficulty = elapsed < 13n ? parent.difficulty + step : parent.difficulty - step
  }
  return max(max(difficulty, minimumDifficulty) + bomb(config, fork, header.number), minimumDifficulty)
}

function bomb(config: ChainConfig, fork: Fork, number: bigint): bigint {
  const period = max(number - bombDelay(config, fork, number), 0n) / bombPeriod
  return period > 1n ? 1n << (period - 2n) : 0n
}

function bombDelay(config: ChainConfig, fork: Fork, number: bigint): bigint {
  if (config.bombDelays) return config.bombDelays.filter((entry) => entry.block <= number).at(-1)?.delay ?? 0n
  if (isAtLeast(fork, 'london')) return 9_700_000n
  if (isAtLeast(fork, 'istanbul')) return 9_000_000n
  if (isAtLeast(fork, 'constantinople')) return 5_000_000n
  if (isAtLeast(fork, 'byzantium')) return 3_000_000n
  return 0n
}
