import { type Block, type Chain, effectiveGasPrice } from '@metis-stack/chain'
import { quantity } from '../format/quantity.js'
import { blobFeeOf, blobGasUsedRatio, nextBlobFee } from './blob-fee.js'

/** Fees of the `count` blocks up to `newest`, and the base fees of the block after. Shape of eth_feeHistory. */
export function feeHistory(
  chain: Chain,
  count: number,
  newest: Block,
  percentiles: number[],
): Record<string, unknown> {
  const blocks: Block[] = []
  for (let block: Block | undefined = newest; block && blocks.length < count; ) {
    blocks.unshift(block)
    block = block.header.number > 0n ? chain.blockByHash(block.header.parentHash) : undefined
  }
  const oldest = blocks[0]
  if (!oldest) return { oldestBlock: '0x0', gasUsedRatio: [] }
  return {
    oldestBlock: quantity(oldest.header.number),
    baseFeePerGas: [...blocks.map(({ header }) => header.baseFeePerGas ?? 0n), chain.nextBaseFee(newest)].map(
      quantity,
    ),
    gasUsedRatio: blocks.map(({ header }) => Number(header.gasUsed) / Number(header.gasLimit)),
    baseFeePerBlobGas: [...blocks.map((block) => blobFeeOf(chain, block)), nextBlobFee(chain, newest)].map(
      quantity,
    ),
    blobGasUsedRatio: blocks.map((block) => blobGasUsedRatio(chain, block)),
    ...(percentiles.length > 0 && {
      reward: blocks.map((block) => tipPercentiles(chain, block, percentiles).map(quantity)),
    }),
  }
}

/** Tips in wei per gas at percentiles of the gas used, cheapest first. */
function tipPercentiles(chain: Chain, block: Block, percentiles: number[]): bigint[] {
  const receipts = chain.receipts(block.hash) ?? []
  const baseFee = block.header.baseFeePerGas ?? 0n
  const paid = block.transactions
    .flatMap((transaction, i) => {
      const gasUsed = receipts[i]?.gasUsed
      if (transaction.type === 0x7e || gasUsed === undefined) return []
      return [{ tip: effectiveGasPrice(transaction, baseFee) - baseFee, gasUsed: Number(gasUsed) }]
    })
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
  const total = paid.reduce((sum, { gasUsed }) => sum + gasUsed, 0)
  let index = 0
  let sum = paid[0]?.gasUsed ?? 0
  return percentiles.map((percentile) => {
    while (index < paid.length - 1 && sum < (total * percentile) / 100) sum += paid[++index]?.gasUsed ?? 0
    return paid[index]?.tip ?? 0n
  })
}
