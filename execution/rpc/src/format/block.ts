import { type Block, type Header, headerHash } from '@metis-stack/chain'
import { quantity } from './quantity.js'
import { formatTransaction } from './transaction.js'

/** A header as in eth_subscribe newHeads. */
export function formatHeader(hash: string, header: Header): Record<string, unknown> {
  return {
    hash,
    parentHash: header.parentHash,
    sha3Uncles: header.sha3Uncles,
    miner: header.miner,
    stateRoot: header.stateRoot,
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    logsBloom: header.logsBloom,
    difficulty: quantity(header.difficulty),
    number: quantity(header.number),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    extraData: header.extraData,
    mixHash: header.mixHash,
    nonce: header.nonce,
    ...(header.baseFeePerGas !== undefined && { baseFeePerGas: quantity(header.baseFeePerGas) }),
    ...(header.withdrawalsRoot !== undefined && { withdrawalsRoot: header.withdrawalsRoot }),
    ...(header.blobGasUsed !== undefined && { blobGasUsed: quantity(header.blobGasUsed) }),
    ...(header.excessBlobGas !== undefined && { excessBlobGas: quantity(header.excessBlobGas) }),
    ...(header.parentBeaconBlockRoot !== undefined && {
      parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    }),
    ...(header.requestsHash !== undefined && { requestsHash: header.requestsHash }),
  }
}

/** A block as in eth_getBlockBy*. */
export function formatBlock(block: Block, fullTransactions: boolean): Record<string, unknown> {
  return {
    ...formatHeader(block.hash, block.header),
    size: quantity(block.size),
    transactions: block.transactions.map((transaction, index) =>
      fullTransactions ? formatTransaction(transaction, { block, index }) : transaction.hash,
    ),
    uncles: block.uncles.map(headerHash),
    ...(block.withdrawals && {
      withdrawals: block.withdrawals.map(({ index, validatorIndex, address, amount }) => ({
        index: quantity(index),
        validatorIndex: quantity(validatorIndex),
        address,
        amount: quantity(amount),
      })),
    }),
  }
}
