import { portalAbi } from '@metis-stack/settlement-contracts'
import type { Address, Hash } from 'viem'
import type { SettledChain } from '../../chains/settledChain.js'
import { ensureAllowance } from '../../internal/approve.js'
import type { WriteClient } from '../../internal/client.js'
import { write } from '../../internal/write.js'

export type DepositMetisParameters = {
  /** L2 to deposit to. */
  targetChain: SettledChain
  /** METIS in wei. */
  amount: bigint
  /** L2 account that receives it. Default: the client's account. */
  to?: Address
}

/**
 * Locks METIS on L1 and credits it on L2. Approves the portal first if need be.
 *
 * @returns hash of the L1 transaction; `waitForDeposit` on L2 takes its receipt
 * @example
 * const hash = await depositMetis(l1Client, { targetChain: andromeda, amount: parseEther('5') })
 * const receipt = await l1Client.waitForTransactionReceipt({ hash })
 * await waitForDeposit(andromedaClient, { targetChain: andromeda, receipt })
 */
export async function depositMetis(
  client: WriteClient,
  { targetChain, amount, to = client.account.address }: DepositMetisParameters,
): Promise<Hash> {
  const { metis, portal } = targetChain.settlement
  await ensureAllowance(client, { token: metis, spender: portal, amount })
  return write(client, { address: portal, abi: portalAbi, functionName: 'depositMetis', args: [to, amount] })
}
