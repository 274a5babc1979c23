import type { BlockTag } from '@metis-stack/chain'
import { asObject, boolean, optional, type Parser, reject, requireValue } from './core.js'
import { type Hex, hash, uint64 } from './hex.js'

/** A block as a client names it: by tag, by number, or by hash (EIP-1898). */
export type BlockRef = BlockTag | bigint | { hash: Hex; requireCanonical: boolean }

const tags: readonly string[] = ['latest', 'pending', 'earliest', 'safe', 'finalized'] satisfies BlockTag[]

/** A tag or a number. */
export const blockNumberOrTag: Parser<BlockTag | bigint> = (value, path) => {
  requireValue(value, path)
  return typeof value === 'string' && tags.includes(value) ? (value as BlockTag) : uint64(value, path)
}

/** A tag, a number, a 32-byte hash, or an EIP-1898 object. */
export const blockRef: Parser<BlockRef> = (value, path) => {
  requireValue(value, path)
  if (typeof value === 'string') {
    return value.length === 66
      ? { hash: hash(value, path), requireCanonical: false }
      : blockNumberOrTag(value, path)
  }
  const { blockNumber, blockHash, requireCanonical } = asObject(value, path)
  const byNumber = blockNumber !== undefined && blockNumber !== null
  const byHash = blockHash !== undefined && blockHash !== null
  if (byNumber === byHash) return reject(path, 'want either blockNumber or blockHash')
  if (byNumber) return blockNumberOrTag(blockNumber, `${path}.blockNumber`)
  return {
    hash: hash(blockHash, `${path}.blockHash`),
    requireCanonical: optional(boolean, false)(requireCanonical, `${path}.requireCanonical`),
  }
}
