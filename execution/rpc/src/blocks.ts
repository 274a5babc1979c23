import type { Block, Chain } from '@metis-stack/chain'
import { serverError } from './errors.js'
import type { BlockRef } from './params/block.js'

/** The block that a client means, or undefined when there is none. `pending` is the latest block. */
export function findBlock(chain: Chain, ref: BlockRef): Block | undefined {
  if (typeof ref === 'string') return chain.blockByTag(ref)
  if (typeof ref === 'bigint') return chain.blockByNumber(ref)
  const block = chain.blockByHash(ref.hash)
  if (block && ref.requireCanonical && chain.blockByNumber(block.header.number)?.hash !== block.hash) {
    throw serverError('hash is not currently canonical')
  }
  return block
}

/** @throws {RpcError} -32000 `header not found` */
export function requireBlock(chain: Chain, ref: BlockRef): Block {
  const block = findBlock(chain, ref)
  if (!block) throw serverError('header not found')
  return block
}
