import { ChainError } from '../errors.js'
import type { Block } from '../types/block.js'
import type { Hex } from '../types/hex.js'

/** What changes when the head moves. `removed` and `added` are oldest first. */
export type HeadChange = { removed: Block[]; added: Block[]; ancestor: Block }

/** The way from one head to another through their last common ancestor. */
export function headChange(from: Block, to: Block, blockOf: (hash: Hex) => Block | undefined): HeadChange {
  const removed: Block[] = []
  const added: Block[] = []
  let left = from
  let right = to
  while (left.hash !== right.hash) {
    if (right.header.number >= left.header.number) {
      added.unshift(right)
      right = parentOf(right, blockOf)
    } else {
      removed.unshift(left)
      left = parentOf(left, blockOf)
    }
  }
  return { removed, added, ancestor: left }
}

function parentOf(block: Block, blockOf: (hash: Hex) => Block | undefined): Block {
  const parent = blockOf(block.header.parentHash)
  if (!parent) throw new ChainError('unknownBlock', `Block ${block.header.parentHash} is not in the store.`)
  return parent
}
