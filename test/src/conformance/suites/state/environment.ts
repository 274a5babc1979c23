import { keccak256 } from '@metis-stack/kernel'
import { type BlockEnv, type ChainRules, type Fork, forks } from '@metis-stack/metisvm'
import { bigintOf, paddedBytesOf } from '../../hex.js'
import type { ConfigFixture, EnvFixture } from './fixture.js'

const since = (fork: Fork, first: Fork): boolean => forks.indexOf(fork) >= forks.indexOf(first)

/** EIP-4844: factor · e^(numerator / denominator), by its Taylor series in integers. */
function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let output = 0n
  let term = factor * denominator
  for (let i = 1n; term > 0n; i++) {
    output += term
    term = (term * numerator) / (denominator * i)
  }
  return output / denominator
}

/** Blob parameters of mainnet where the fixture has no schedule (EIP-4844, EIP-7691). */
function blobParameters(fork: Fork, config: ConfigFixture | undefined) {
  const name = since(fork, 'osaka') ? 'Osaka' : since(fork, 'prague') ? 'Prague' : 'Cancun'
  const schedule = config?.blobSchedule?.[name]
  if (schedule) return { max: Number(schedule.max), fraction: BigInt(schedule.baseFeeUpdateFraction) }
  return name === 'Cancun' ? { max: 6, fraction: 3_338_477n } : { max: 9, fraction: 5_007_716n }
}

export function environmentOf(env: EnvFixture, fork: Fork, config?: ConfigFixture): BlockEnv {
  const random = since(fork, 'paris') ? (env.currentRandom ?? '0x0') : (env.currentDifficulty ?? '0x0')
  const excess = bigintOf(env.currentExcessBlobGas ?? '0x0')
  return {
    number: bigintOf(env.currentNumber),
    timestamp: bigintOf(env.currentTimestamp),
    coinbase: paddedBytesOf(env.currentCoinbase, 20),
    gasLimit: bigintOf(env.currentGasLimit),
    baseFee: since(fork, 'london') ? bigintOf(env.currentBaseFee ?? '0x0a') : 0n,
    prevRandao: paddedBytesOf(random, 32),
    blobBaseFee: since(fork, 'cancun')
      ? fakeExponential(1n, excess, blobParameters(fork, config).fraction)
      : 0n,
    // What the fixtures agree on: a block's hash is that of its number in decimal.
    blockHash: (number) => keccak256(new TextEncoder().encode(number.toString())),
  }
}

export function rulesOf(fork: Fork, config?: ConfigFixture): ChainRules {
  const rules: ChainRules = { fork, chainId: bigintOf(config?.chainid ?? '0x1') }
  if (since(fork, 'cancun')) rules.maxBlobsPerBlock = blobParameters(fork, config).max
  return rules
}
