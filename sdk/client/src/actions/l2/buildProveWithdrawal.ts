import { predeploys } from '@metis-stack/settlement-contracts'
import { type Hex, keccak256 } from 'viem'
import { getBlock, getProof } from 'viem/actions'
import { encodeAbiParameters } from 'viem/utils'
import { WithdrawalProofError } from '../../errors/withdrawal.js'
import type { ReadClient } from '../../internal/client.js'
import type { Output } from '../l1/waitToProve.js'
import type { Withdrawal } from './getWithdrawals.js'

export type BuildProveWithdrawalParameters = {
  withdrawal: Withdrawal
  /** Output root to prove against, from `waitToProve`. */
  output: Output
}

/** Everything that `proveWithdrawal` needs. */
export type WithdrawalProof = {
  withdrawal: Withdrawal
  outputIndex: bigint
  outputRootProof: { version: Hex; stateRoot: Hex; messagePasserStorageRoot: Hex; blockHash: Hex }
  /** Trie nodes from the message passer's storage root to the withdrawal's slot. */
  storageProof: readonly Hex[]
}

const version = `0x${'00'.repeat(32)}` as const

/**
 * Builds the proof of a withdrawal from an L2 node's `eth_getProof`, and checks that it opens the output root.
 *
 * @throws WithdrawalProofError if the node's state is not the one claimed on L1, or does not hold the withdrawal
 * @example
 * const proof = await buildProveWithdrawal(andromedaClient, { withdrawal, output })
 */
export async function buildProveWithdrawal(
  client: ReadClient,
  { withdrawal, output }: BuildProveWithdrawalParameters,
): Promise<WithdrawalProof> {
  const { withdrawalHash } = withdrawal
  const [block, proof] = await Promise.all([
    getBlock(client, { blockNumber: output.l2BlockNumber }),
    getProof(client, {
      address: predeploys.l2MessagePasser,
      storageKeys: [sentMessagesSlot(withdrawalHash)],
      blockNumber: output.l2BlockNumber,
    }),
  ])
  const [storage] = proof.storageProof
  if (storage?.value !== 1n)
    throw new WithdrawalProofError(withdrawalHash, `L2 block ${output.l2BlockNumber} does not hold it`)

  const { stateRoot, hash: blockHash } = block
  const outputRootProof = { version, stateRoot, messagePasserStorageRoot: proof.storageHash, blockHash }
  if (hashOutputRoot(outputRootProof) !== output.root)
    throw new WithdrawalProofError(withdrawalHash, 'the L2 node disagrees with the output root on L1')
  return { withdrawal, outputIndex: output.index, outputRootProof, storageProof: storage.proof }
}

/** Storage slot of `sentMessages[withdrawalHash]`; the mapping is at slot 0. */
function sentMessagesSlot(withdrawalHash: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [withdrawalHash, 0n]))
}

/** Output root, version 0, as in the OP Stack. */
function hashOutputRoot(proof: WithdrawalProof['outputRootProof']): Hex {
  const words = [proof.version, proof.stateRoot, proof.messagePasserStorageRoot, proof.blockHash] as const
  return keccak256(
    encodeAbiParameters(
      words.map(() => ({ type: 'bytes32' })),
      words,
    ),
  )
}
