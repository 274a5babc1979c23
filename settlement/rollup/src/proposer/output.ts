import type { Block, Chain, Hex } from '@metis-stack/chain'
import { bytesToHex, concat, hexToBytes, keccak256Hex } from '@metis-stack/kernel'
import { predeploys } from '@metis-stack/settlement-contracts'

/** What an output root commits to; the L1 portal opens withdrawals against it. */
export type Output = {
  l2BlockNumber: bigint
  blockHash: Hex
  stateRoot: Hex
  /** Storage root of the message passer in that state. */
  messagePasserStorageRoot: Hex
}

/** OP-Stack output version 0: keccak(0 ‖ state root ‖ message passer storage root ‖ block hash). */
export function outputRoot(output: Omit<Output, 'l2BlockNumber'>): Hex {
  return keccak256Hex(
    concat(
      new Uint8Array(32),
      hexToBytes(output.stateRoot),
      hexToBytes(output.messagePasserStorageRoot),
      hexToBytes(output.blockHash),
    ),
  )
}

/** The output of one of our own blocks. */
export function readOutput(chain: Chain, block: Block): Output {
  const { storageRoot } = chain.viewAt(block.hash).proof(hexToBytes(predeploys.l2MessagePasser), [])
  return {
    l2BlockNumber: block.header.number,
    blockHash: block.hash,
    stateRoot: block.header.stateRoot,
    messagePasserStorageRoot: bytesToHex(storageRoot),
  }
}
