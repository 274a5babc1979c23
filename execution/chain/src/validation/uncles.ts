import { headerHash } from '../codec/header.js'
import type { ChainConfig } from '../config/config.js'
import { forkAt } from '../config/forkAt.js'
import { BlockError } from '../errors.js'
import type { Block, Header } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import { validateHeader } from './header.js'

const maxUncles = 2
const maxDepth = 6n

/**
 * Uncles of a proof-of-work block: at most two, distinct, new to the chain, children of one of the last seven ancestors, and
 * with valid headers of their own.
 *
 * @throws {BlockError} `uncles`, or what is wrong with an uncle's header
 */
export function validateUncles(
  config: ChainConfig,
  block: Block,
  ancestor: (hash: Hex) => Block | undefined,
): void {
  if (block.uncles.length === 0) return
  if (block.uncles.length > maxUncles) throw new BlockError('uncles', `More than ${maxUncles} uncles.`)

  const ancestors = new Map<Hex, Header>()
  const known = new Set<Hex>([block.hash])
  let next = ancestor(block.header.parentHash)
  for (let depth = 0n; next && depth <= maxDepth; depth++) {
    ancestors.set(next.hash, next.header)
    known.add(next.hash)
    for (const uncle of next.uncles) known.add(headerHash(uncle))
    next = next.header.number === 0n ? undefined : ancestor(next.header.parentHash)
  }

  for (const uncle of block.uncles) {
    const hash = headerHash(uncle)
    if (known.has(hash)) throw new BlockError('uncles', `Uncle ${hash} is an ancestor or already included.`)
    known.add(hash)
    const parent = ancestors.get(uncle.parentHash)
    if (!parent || uncle.parentHash === block.header.parentHash)
      throw new BlockError('uncles', `Uncle ${hash} is no child of one of the last ancestors.`)
    validateHeader(config, forkAt(config, uncle), uncle, parent)
  }
}
