import { feeRouterAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import type { Address } from 'viem'
import { readContract } from 'viem/actions'
import type { ReadClient } from '../../internal/client.js'

export type GetCreditsParameters = { address: Address }

/**
 * METIS that an account can claim from usage fees, in wei.
 *
 * @example
 * const wei = await getCredits(hyperionClient, { address: contributor })
 */
export function getCredits(client: ReadClient, { address }: GetCreditsParameters): Promise<bigint> {
  return readContract(client, {
    address: valuePredeployAddresses.feeRouter,
    abi: feeRouterAbi,
    functionName: 'credits',
    args: [address],
  })
}
