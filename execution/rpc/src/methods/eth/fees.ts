import { requireBlock } from '../../blocks.js'
import { nextBlobFee } from '../../fees/blob-fee.js'
import { feeHistory } from '../../fees/history.js'
import { TipOracle } from '../../fees/suggest-tip.js'
import { quantity } from '../../format/quantity.js'
import { blockNumberOrTag } from '../../params/block.js'
import { arrayOf, optional, type Parser, reject } from '../../params/core.js'
import { count } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

const percentile: Parser<number> = (value, path) =>
  typeof value === 'number' && value >= 0 && value <= 100
    ? value
    : reject(path, 'want a number from 0 to 100')

const percentiles: Parser<number[]> = (value, path) => {
  const list = arrayOf(percentile, 100)(value, path)
  const sorted = list.every((item, i) => i === 0 || item >= (list[i - 1] as number))
  return sorted ? list : reject(path, 'percentiles must not decrease')
}

/** What a transaction has to pay. */
export function feeMethods({ chain, limits }: MethodModules): RpcMethod[] {
  const tips = new TipOracle(chain)
  return [
    defineMethod('eth_gasPrice', [], () => quantity(chain.nextBaseFee() + tips.suggest())),
    defineMethod('eth_maxPriorityFeePerGas', [], () => quantity(tips.suggest())),
    defineMethod('eth_baseFee', [], () => quantity(chain.nextBaseFee())),
    defineMethod('eth_blobBaseFee', [], () => quantity(nextBlobFee(chain, chain.head))),
    defineMethod(
      'eth_feeHistory',
      [count, blockNumberOrTag, optional(percentiles, [])],
      (blocks, newest, rewards) =>
        feeHistory(
          chain,
          Math.min(Number(blocks), limits.feeHistoryBlocks),
          requireBlock(chain, newest),
          rewards,
        ),
    ),
  ]
}
