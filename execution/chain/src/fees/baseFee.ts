import { max, min } from '../bigints.js'
import type { ChainConfig } from '../config/config.js'
import type { Header } from '../types/block.js'

/** wei per gas of the first block under EIP-1559 */
export const initialBaseFee = 1_000_000_000n

/** Base fee in wei per gas of the block after `parent`, EIP-1559 with the chain's own elasticity and denominator. */
export function nextBaseFee(config: ChainConfig, parent: Header): bigint {
  const { elasticity, denominator, minimumBaseFee = 0n } = config.feeMarket
  if (parent.baseFeePerGas === undefined) return initialBaseFee
  const target = parent.gasLimit / elasticity
  const fee = parent.baseFeePerGas
  if (target === 0n || parent.gasUsed === target) return max(fee, minimumBaseFee)
  if (parent.gasUsed > target) {
    const rise = (fee * (parent.gasUsed - target)) / target / denominator
    return max(fee + (rise > 0n ? rise : 1n), minimumBaseFee)
  }
  const fall = (fee * (target - parent.gasUsed)) / target / denominator
  return max(fee - fall, minimumBaseFee)
}

/** wei per gas that a transaction pays in a block with this base fee; 0n for deposits. */
export function effectiveGasPrice(
  transaction:
    | { gasPrice: bigint }
    | { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }
    | { mint: bigint },
  baseFee: bigint,
): bigint {
  if ('mint' in transaction) return 0n
  if ('gasPrice' in transaction) return transaction.gasPrice
  return min(baseFee + transaction.maxPriorityFeePerGas, transaction.maxFeePerGas)
}
