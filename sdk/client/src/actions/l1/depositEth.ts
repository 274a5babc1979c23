import { l1BridgeAbi } from '@metis-stack/settlement-contracts'
import type { Address, Hash } from 'viem'
import type { SettledChain } from '../../chains/settledChain.js'
import type { WriteClient } from '../../internal/client.js'
import { write } from '../../internal/write.js'

export type DepositEthParameters = {
  /** L2 to deposit to. */
  targetChain: SettledChain
  /** ETH in wei. */
  amount: bigint
  /** L2 account that receives it. Default: the client's account. */
  to?: Address
}

/**
 * Locks ETH on L1 and mints as much bridged ETH (an ERC-20 token, see `getBridgedToken`) on L2.
 *
 * @returns hash of the L1 transaction
 * @example
 * await depositEth(l1Client, { targetChain: andromeda, amount: parseEther('1') })
 */
export function depositEth(
  client: WriteClient,
  { targetChain, amount, to = client.account.address }: DepositEthParameters,
): Promise<Hash> {
  return write(client, {
    address: targetChain.settlement.l1Bridge,
    abi: l1BridgeAbi,
    functionName: 'depositEth',
    args: [to],
    value: amount,
  })
}
