import { modelRegistryAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import type { Address, Hex } from 'viem'
import { readContract } from 'viem/actions'
import { UnknownModelError } from '../../errors/lazai.js'
import type { ReadClient } from '../../internal/client.js'

export type GetModelParameters = { modelHash: Hex }

/** A registered model. */
export type Model = {
  modelHash: Hex
  status: 'active' | 'retired'
  /** Length of the program in bytes. */
  programBytes: number
  /** DAT that earns from its use. */
  datId: bigint
  /** METIS for one run, in wei. */
  pricePerRun: bigint
  /** Contracts that hold the program, in order. */
  chunks: readonly Address[]
}

/**
 * What the registry knows of a model.
 *
 * @throws UnknownModelError
 * @example
 * const { pricePerRun } = await getModel(hyperionClient, { modelHash })
 */
export async function getModel(client: ReadClient, { modelHash }: GetModelParameters): Promise<Model> {
  const { meta, ...model } = await readContract(client, {
    address: valuePredeployAddresses.modelRegistry,
    abi: modelRegistryAbi,
    functionName: 'getModel',
    args: [modelHash],
  })
  if (meta === 0n) throw new UnknownModelError(modelHash)
  return {
    modelHash,
    status: (meta & 0xffn) === 1n ? 'active' : 'retired',
    programBytes: Number((meta >> 8n) & 0xffff_ffffn),
    ...model,
  }
}
