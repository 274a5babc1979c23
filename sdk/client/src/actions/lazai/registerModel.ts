import { modelRegistryAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import type { Address, Hex, TransactionReceipt } from 'viem'
import type { WriteClient } from '../../internal/client.js'
import { writeAndWait } from '../../internal/write.js'

export type RegisterModelParameters = {
  /** keccak256 of the program. */
  modelHash: Hex
  /** Contracts that hold the program, in order; from `uploadModel`. */
  chunks: readonly Address[]
  /** DAT that earns from the model's use; anchored with the model hash as its content hash, owned by the account. */
  datId: bigint
  /** METIS for one run, in wei. */
  pricePerRun: bigint
}

/**
 * Registers an uploaded model, so that contracts and callers can run it at its price. Waits until it is mined.
 *
 * @throws TransactionRevertedError
 * @example
 * const { modelHash, chunks } = await uploadModel(hyperionClient, { program })
 * const { id: datId } = await mintDat(hyperionClient, { contentHash: modelHash, ancestors: [datasetId] })
 * await registerModel(hyperionClient, { modelHash, chunks, datId, pricePerRun: parseEther('0.01') })
 */
export function registerModel(
  client: WriteClient,
  { modelHash, chunks, datId, pricePerRun }: RegisterModelParameters,
): Promise<TransactionReceipt> {
  return writeAndWait(client, {
    address: valuePredeployAddresses.modelRegistry,
    abi: modelRegistryAbi,
    functionName: 'register',
    args: [modelHash, chunks, datId, pricePerRun],
  })
}
