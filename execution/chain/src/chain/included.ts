import type { ChainConfig } from '../config/config.js'
import { forkAt } from '../config/forkAt.js'
import type { ExecutedReceipt } from '../execution/blockExecution.js'
import { blobBaseFeeOf } from '../execution/context.js'
import { effectiveGasPrice } from '../fees/baseFee.js'
import { gasPerBlob } from '../fees/blobFee.js'
import type { Block } from '../types/block.js'
import type { IncludedLog, IncludedReceipt } from '../types/receipt.js'

/** Receipts of a block with their place, prices and log indices. */
export function includeReceipts(
  config: ChainConfig,
  block: Block,
  receipts: ExecutedReceipt[],
): IncludedReceipt[] {
  const { header } = block
  const blobGasPrice = blobBaseFeeOf(config, forkAt(config, header), header)
  const logs = includeLogs(block, receipts, false)
  let logAt = 0
  return receipts.map((receipt, index) => {
    const transaction = block.transactions[index]!
    const own = logs.slice(logAt, logAt + receipt.logs.length)
    logAt += receipt.logs.length
    return {
      ...receipt,
      logs: own,
      blockHash: block.hash,
      blockNumber: header.number,
      transactionHash: transaction.hash,
      transactionIndex: index,
      from: transaction.from,
      to: transaction.to,
      effectiveGasPrice: effectiveGasPrice(transaction, header.baseFeePerGas ?? 0n),
      ...(transaction.type === 3 && {
        blobGasUsed: gasPerBlob * BigInt(transaction.blobVersionedHashes.length),
        blobGasPrice,
      }),
    }
  })
}

/** All logs of a block, in order. */
export function includeLogs(block: Block, receipts: ExecutedReceipt[], removed: boolean): IncludedLog[] {
  let logIndex = 0
  return receipts.flatMap((receipt, transactionIndex) =>
    receipt.logs.map((log) => ({
      ...log,
      blockHash: block.hash,
      blockNumber: block.header.number,
      blockTimestamp: block.header.timestamp,
      transactionHash: block.transactions[transactionIndex]!.hash,
      transactionIndex,
      logIndex: logIndex++,
      removed,
    })),
  )
}
