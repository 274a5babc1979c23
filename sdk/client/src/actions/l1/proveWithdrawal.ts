import { portalAbi } from '@metis-stack/settlement-contracts'
import type { Hash } from 'viem'
import type { SettledChain } from '../../chains/settledChain.js'
import type { WriteClient } from '../../internal/client.js'
import { write } from '../../internal/write.js'
import type { WithdrawalProof } from '../l2/buildProveWithdrawal.js'

export type ProveWithdrawalParameters = WithdrawalProof & {
  /** L2 that the withdrawal comes from. */
  targetChain: SettledChain
}

/**
 * Proves on L1 that a withdrawal was sent on L2; its window starts.
 *
 * @returns hash of the L1 transaction
 * @example
 * const output = await waitToProve(l1Client, { targetChain: andromeda, receipt })
 * const proof = await buildProveWithdrawal(andromedaClient, { withdrawal, output })
 * await proveWithdrawal(l1Client, { targetChain: andromeda, ...proof })
 */
export function proveWithdrawal(
  client: WriteClient,
  { targetChain, withdrawal, outputIndex, outputRootProof, storageProof }: ProveWithdrawalParameters,
): Promise<Hash> {
  return write(client, {
    address: targetChain.settlement.portal,
    abi: portalAbi,
    functionName: 'proveWithdrawal',
    args: [withdrawal, outputIndex, outputRootProof, storageProof],
  })
}
