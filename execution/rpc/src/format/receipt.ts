import type { IncludedLog, IncludedReceipt } from '@metis-stack/chain'
import { quantity } from './quantity.js'

/** A log as in eth_getLogs. */
export function formatLog(log: IncludedLog): Record<string, unknown> {
  return {
    address: log.address,
    topics: log.topics,
    data: log.data,
    blockHash: log.blockHash,
    blockNumber: quantity(log.blockNumber),
    blockTimestamp: quantity(log.blockTimestamp),
    transactionHash: log.transactionHash,
    transactionIndex: quantity(log.transactionIndex),
    logIndex: quantity(log.logIndex),
    removed: log.removed,
  }
}

/** A receipt as in eth_getTransactionReceipt. */
export function formatReceipt(receipt: IncludedReceipt): Record<string, unknown> {
  return {
    type: quantity(receipt.type),
    ...(receipt.status === undefined ? { root: receipt.root } : { status: quantity(receipt.status) }),
    blockHash: receipt.blockHash,
    blockNumber: quantity(receipt.blockNumber),
    transactionHash: receipt.transactionHash,
    transactionIndex: quantity(receipt.transactionIndex),
    from: receipt.from,
    to: receipt.to ?? null,
    contractAddress: receipt.contractAddress ?? null,
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    gasUsed: quantity(receipt.gasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    logs: receipt.logs.map(formatLog),
    logsBloom: receipt.logsBloom,
    ...(receipt.blobGasUsed !== undefined && { blobGasUsed: quantity(receipt.blobGasUsed) }),
    ...(receipt.blobGasPrice !== undefined && { blobGasPrice: quantity(receipt.blobGasPrice) }),
  }
}
