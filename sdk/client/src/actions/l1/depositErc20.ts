import { l1BridgeAbi } from '@metis-stack/settlement-contracts'
import type { Address, Hash } from 'viem'
import type { SettledChain } from '../../chains/settledChain.js'
import { ensureAllowance } from '../../internal/approve.js'
import type { WriteClient } from '../../internal/client.js'
import { write } from '../../internal/write.js'

export type DepositErc20Parameters = {
  /** L2 to deposit to. */
  targetChain: SettledChain
  /** Token on L1. METIS goes through `depositMetis`. */
  token: Address
  /** In the token's smallest unit. */
  amount: bigint
  /** L2 account that receives it. Default: the client's account. */
  to?: Address
}

/**
 * Locks a token on L1 and mints what arrived as its bridged token on L2. Approves the bridge first if need be.
 *
 * @returns hash of the L1 transaction
 * @example
 * await depositErc20(l1Client, { targetChain: andromeda, token: usdc, amount: 25_000_000n })
 */
export async function depositErc20(
  client: WriteClient,
  { targetChain, token, amount, to = client.account.address }: DepositErc20Parameters,
): Promise<Hash> {
  const { l1Bridge } = targetChain.settlement
  await ensureAllowance(client, { token, spender: l1Bridge, amount })
  return write(client, {
    address: l1Bridge,
    abi: l1BridgeAbi,
    functionName: 'depositErc20',
    args: [token, to, amount],
  })
}
