import { datAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import type { Address, Hex } from 'viem'
import { readContract } from 'viem/actions'
import type { ReadClient } from '../../internal/client.js'
import type { Policy } from './mintDat.js'

export type GetDatParameters = { id: bigint }

/** A share in a data asset, and the asset. */
export type Dat = {
  id: bigint
  owner: Address
  /** Id of the asset's first DAT. */
  class: bigint
  /** Units of the asset that it stands for. */
  value: bigint
  contentHash: Hex
  /** Account that anchored the asset. */
  creator: Address
  /** When, in seconds. */
  anchoredAt: bigint
  policy: Required<Policy>
  cid: string
  metadata: string
  /** DATs that the asset was made from. */
  ancestors: readonly bigint[]
}

/**
 * Everything about a DAT.
 *
 * @throws viem's ContractFunctionExecutionError if there is none with this id
 * @example
 * const { owner, ancestors } = await getDat(hyperionClient, { id: 2n })
 */
export async function getDat(client: ReadClient, { id }: GetDatParameters): Promise<Dat> {
  const [owner, class_, value, asset] = await readContract(client, {
    address: valuePredeployAddresses.dat,
    abi: datAbi,
    functionName: 'dat',
    args: [id],
  })
  return { id, owner, class: class_, value, ...asset }
}
