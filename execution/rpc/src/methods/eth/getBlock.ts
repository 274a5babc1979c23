import type { Block } from '@metis-stack/chain'
import { findBlock } from '../../blocks.js'
import { formatBlock } from '../../format/block.js'
import { quantity } from '../../format/quantity.js'
import { formatReceipt } from '../../format/receipt.js'
import { blockNumberOrTag, blockRef } from '../../params/block.js'
import { boolean, optional } from '../../params/core.js'
import { count, hash } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { MethodModules } from '../modules.js'

/** Blocks, and how much is in them. Unknown blocks are null. */
export function blockMethods({ chain }: MethodModules): RpcMethod[] {
  const full = optional(boolean, false)
  const transactionCount = (block: Block | undefined) => (block ? quantity(block.transactions.length) : null)
  const uncleCount = (block: Block | undefined) => (block ? quantity(block.uncles.length) : null)
  return [
    defineMethod('eth_getBlockByNumber', [blockNumberOrTag, full], (ref, transactions) => {
      const block = findBlock(chain, ref)
      return block ? formatBlock(block, transactions) : null
    }),
    defineMethod('eth_getBlockByHash', [hash, full], (blockHash, transactions) => {
      const block = chain.blockByHash(blockHash)
      return block ? formatBlock(block, transactions) : null
    }),
    defineMethod('eth_getBlockReceipts', [blockRef], (ref) => {
      const block = findBlock(chain, ref)
      return block ? (chain.receipts(block.hash)?.map(formatReceipt) ?? null) : null
    }),
    defineMethod('eth_getBlockTransactionCountByNumber', [blockNumberOrTag], (ref) =>
      transactionCount(findBlock(chain, ref)),
    ),
    defineMethod('eth_getBlockTransactionCountByHash', [hash], (blockHash) =>
      transactionCount(chain.blockByHash(blockHash)),
    ),
    defineMethod('eth_getUncleCountByBlockNumber', [blockNumberOrTag], (ref) =>
      uncleCount(findBlock(chain, ref)),
    ),
    defineMethod('eth_getUncleCountByBlockHash', [hash], (blockHash) =>
      uncleCount(chain.blockByHash(blockHash)),
    ),
    // A rollup's blocks have no uncles, and those of imported proof-of-work blocks are headers without a body.
    defineMethod('eth_getUncleByBlockNumberAndIndex', [blockNumberOrTag, count], () => null),
    defineMethod('eth_getUncleByBlockHashAndIndex', [hash, count], () => null),
  ]
}
