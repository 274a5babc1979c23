import type { Fork } from '@metis-stack/metisvm'
import type { BlobParameters, ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import type { Header } from '../types/block.js'

/** EIP-4844 */
export const gasPerBlob = 131_072n
/** EIP-7918, execution gas that a blob must at least cost */
const blobBaseCost = 8_192n

const cancun = { time: 0n, target: 3n, max: 6n, baseFeeUpdateFraction: 3_338_477n }
const prague = { time: 0n, target: 6n, max: 9n, baseFeeUpdateFraction: 5_007_716n }

/** Blob parameters in force at a block; `undefined` before Cancun. */
export function blobParameters(
  config: ChainConfig,
  fork: Fork,
  timestamp: bigint,
): BlobParameters | undefined {
  if (!isAtLeast(fork, 'cancun')) return undefined
  const scheduled = config.blobSchedule?.filter((entry) => entry.time <= timestamp).at(-1)
  return scheduled ?? (isAtLeast(fork, 'prague') ? prague : cancun)
}

/** wei per blob gas */
export function blobBaseFee(excessBlobGas: bigint, parameters: BlobParameters): bigint {
  return fakeExponential(1n, excessBlobGas, parameters.baseFeeUpdateFraction)
}

/** `factor · e^(numerator / denominator)`, EIP-4844's integer approximation. */
export function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  let sum = 0n
  let term = factor * denominator
  for (let i = 1n; term > 0n; i++) {
    sum += term
    term = (term * numerator) / (denominator * i)
  }
  return sum / denominator
}

/** Excess blob gas of the block after `parent` (EIP-4844, EIP-7918 from Osaka). `fork`, `parameters`: the new block's. */
export function nextExcessBlobGas(fork: Fork, parameters: BlobParameters, parent: Header): bigint {
  const excess = parent.excessBlobGas ?? 0n
  const used = parent.blobGasUsed ?? 0n
  const target = parameters.target * gasPerBlob
  if (excess + used < target) return 0n
  if (isAtLeast(fork, 'osaka')) {
    const floor = blobBaseCost * (parent.baseFeePerGas ?? 0n)
    if (floor > gasPerBlob * blobBaseFee(excess, parameters))
      return excess + (used * (parameters.max - parameters.target)) / parameters.max
  }
  return excess + used - target
}
