import { type Block, encodeTransaction } from '@metis-stack/chain'
import { bytesToHex } from '@metis-stack/kernel'
import { findBlock } from '../../blocks.js'
import { formatReceipt } from '../../format/receipt.js'
import { formatTransaction } from '../../format/transaction.js'
import { blockNumberOrTag } from '../../params/block.js'
import { count, hash } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** Transactions and receipts, mined or (without receipt) pending. Unknown ones are null. */
export function transactionMethods({ chain }: MethodModules): RpcMethod[] {
  const find = (transactionHash: `0x${string}`) =>
    chain.transaction(transactionHash)?.transaction ?? chain.pool.get(transactionHash)
  const at = (block: Block | undefined, index: bigint) => {
    const transaction = block?.transactions[Number(index)]
    return block && transaction ? formatTransaction(transaction, { block, index: Number(index) }) : null
  }
  const rawAt = (block: Block | undefined, index: bigint) => {
    const transaction = block?.transactions[Number(index)]
    return transaction ? bytesToHex(encodeTransaction(transaction)) : null
  }
  return [
    defineMethod('eth_getTransactionByHash', [hash], (transactionHash) => {
      const mined = chain.transaction(transactionHash)
      if (mined) return formatTransaction(mined.transaction, mined)
      const pending = chain.pool.get(transactionHash)
      return pending ? formatTransaction(pending) : null
    }),
    defineMethod('eth_getTransactionReceipt', [hash], (transactionHash) => {
      const receipt = chain.receipt(transactionHash)
      return receipt ? formatReceipt(receipt) : null
    }),
    defineMethod('eth_getRawTransactionByHash', [hash], (transactionHash) => {
      const transaction = find(transactionHash)
      return transaction ? bytesToHex(encodeTransaction(transaction)) : null
    }),
    defineMethod('eth_getTransactionByBlockHashAndIndex', [hash, count], (blockHash, index) =>
      at(chain.blockByHash(blockHash), index),
    ),
    defineMethod('eth_getTransactionByBlockNumberAndIndex', [blockNumberOrTag, count], (ref, index) =>
      at(findBlock(chain, ref), index),
    ),
    defineMethod('eth_getRawTransactionByBlockHashAndIndex', [hash, count], (blockHash, index) =>
      rawAt(chain.blockByHash(blockHash), index),
    ),
    defineMethod('eth_getRawTransactionByBlockNumberAndIndex', [blockNumberOrTag, count], (ref, index) =>
      rawAt(findBlock(chain, ref), index),
    ),
  ]
}
