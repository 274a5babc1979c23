import { portalAbi } from '@metis-stack/settlement-contracts'
import type { Hash } from 'viem'
import type { SettledChain } from '../../chains/settledChain.js'
import type { WriteClient } from '../../internal/client.js'
import { write } from '../../internal/write.js'
import type { Withdrawal } from '../l2/getWithdrawals.js'

export type FinalizeWithdrawalParameters = {
  /** L2 that the withdrawal comes from. */
  targetChain: SettledChain
  withdrawal: Withdrawal
}

/**
 * Pays and delivers a withdrawal whose window has passed. Anyone may; a target that fails can be tried again later.
 *
 * @returns hash of the L1 transaction
 * @example
 * await waitToFinalize(l1Client, { targetChain: andromeda, withdrawalHash: withdrawal.withdrawalHash })
 * await finalizeWithdrawal(l1Client, { targetChain: andromeda, withdrawal })
 */
export function finalizeWithdrawal(
  client: WriteClient,
  { targetChain, withdrawal }: FinalizeWithdrawalParameters,
): Promise<Hash> {
  return write(client, {
    address: targetChain.settlement.portal,
    abi: portalAbi,
    functionName: 'finalizeWithdrawal',
    args: [withdrawal],
  })
}
