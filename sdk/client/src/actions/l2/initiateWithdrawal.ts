import { l2MessagePasserAbi, predeploys } from '@metis-stack/settlement-contracts'
import type { Address, Hash, Hex } from 'viem'
import type { WriteClient } from '../../internal/client.js'
import { write } from '../../internal/write.js'

export type InitiateWithdrawalParameters = {
  /** METIS in wei. */
  amount: bigint
  /** L1 account to pay and, if there is data, to call. Default: the client's account. */
  to?: Address
  /** Calldata for it. Default: none. */
  data?: Hex
  /** Least gas that this call must be given on L1. Default: 0. */
  gas?: bigint
}

/**
 * Sends METIS, a message or both from L2 to L1. There it must be proven and finalised (`withdraw` does all three).
 *
 * @returns hash of the L2 transaction; `getWithdrawals` reads the withdrawal from its receipt
 * @example
 * await initiateWithdrawal(andromedaClient, { amount: parseEther('1') })
 */
export function initiateWithdrawal(
  client: WriteClient,
  { amount, to = client.account.address, data = '0x', gas = 0n }: InitiateWithdrawalParameters,
): Promise<Hash> {
  return write(client, {
    address: predeploys.l2MessagePasser,
    abi: l2MessagePasserAbi,
    functionName: 'initiateWithdrawal',
    args: [to, gas, data],
    value: amount,
  })
}
