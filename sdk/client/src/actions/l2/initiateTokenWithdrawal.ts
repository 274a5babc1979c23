import { l2BridgeAbi, predeploys } from '@metis-stack/settlement-contracts'
import { type Address, type Hash, zeroAddress } from 'viem'
import type { WriteClient } from '../../internal/client.js'
import { write } from '../../internal/write.js'

export type InitiateTokenWithdrawalParameters = {
  /** In the token's smallest unit. */
  amount: bigint
  /** Token on L1. Default: ETH. */
  token?: Address
  /** L1 account that receives it. Default: the client's account. */
  to?: Address
}

/**
 * Burns bridged tokens (or bridged ETH) on L2 and sends a withdrawal for as much to L1.
 *
 * @returns hash of the L2 transaction; `getWithdrawals` reads the withdrawal from its receipt
 * @example
 * await initiateTokenWithdrawal(andromedaClient, { amount: parseEther('1') })
 */
export function initiateTokenWithdrawal(
  client: WriteClient,
  { amount, token = zeroAddress, to = client.account.address }: InitiateTokenWithdrawalParameters,
): Promise<Hash> {
  return write(client, {
    address: predeploys.l2Bridge,
    abi: l2BridgeAbi,
    functionName: 'withdraw',
    args: [token, to, amount],
  })
}
