import { portalAbi, systemConfigAbi } from '@metis-stack/settlement-contracts'
import type { Hex } from 'viem'
import { getBlock, readContract } from 'viem/actions'
import type { SettledChain } from '../../chains/settledChain.js'
import { WithdrawalNotProvenError } from '../../errors/withdrawal.js'
import type { ReadClient } from '../../internal/client.js'
import { poll, type WaitOptions } from '../../internal/poll.js'
import { pollingInterval } from '../../internal/write.js'

export type WaitToFinalizeParameters = WaitOptions & {
  /** L2 that the withdrawal comes from. */
  targetChain: SettledChain
  withdrawalHash: Hex
}

/**
 * Waits until the window of a proven withdrawal has passed by the L1's clock. The default timeout suits a devnet;
 * give one for a window of days.
 *
 * @throws WithdrawalNotProvenError, WaitTimeoutError
 * @example
 * await waitToFinalize(l1Client, { targetChain: andromeda, withdrawalHash: withdrawal.withdrawalHash })
 */
export async function waitToFinalize(
  client: ReadClient,
  { targetChain, withdrawalHash, ...options }: WaitToFinalizeParameters,
): Promise<void> {
  const { portal, systemConfig } = targetChain.settlement
  const [, provenAt] = await readContract(client, {
    address: portal,
    abi: portalAbi,
    functionName: 'provenWithdrawals',
    args: [withdrawalHash],
  })
  if (provenAt === 0n) throw new WithdrawalNotProvenError(withdrawalHash)
  const seconds = await readContract(client, {
    address: systemConfig,
    abi: systemConfigAbi,
    functionName: 'finalizationSeconds',
  })
  await poll(
    'the withdrawal window to pass',
    async () => ((await getBlock(client)).timestamp > provenAt + seconds ? true : undefined),
    { pollingInterval: pollingInterval(client), ...options },
  )
}
