import { l2BridgeAbi, predeploys } from '@metis-stack/settlement-contracts'
import { type Address, zeroAddress } from 'viem'
import { readContract } from 'viem/actions'
import type { ReadClient } from '../../internal/client.js'

export type GetBridgedTokenParameters = {
  /** Token on L1. Default: ETH. */
  token?: Address
}

/**
 * Address that an L1 token (or ETH) has on L2, whether or not any was bridged yet.
 *
 * @example
 * const bridgedEth = await getBridgedToken(andromedaClient)
 */
export function getBridgedToken(
  client: ReadClient,
  { token = zeroAddress }: GetBridgedTokenParameters = {},
): Promise<Address> {
  return readContract(client, {
    address: predeploys.l2Bridge,
    abi: l2BridgeAbi,
    functionName: 'l2TokenOf',
    args: [token],
  })
}
