import { modelRegistryAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import { type Hex, keccak256, type TransactionReceipt } from 'viem'
import { simulateContract } from 'viem/actions'
import { bytesToHex, hexToBytes } from 'viem/utils'
import { OutputMismatchError, ReceiptNotFoundError } from '../../errors/lazai.js'
import type { WriteClient } from '../../internal/client.js'
import { writeAndWait } from '../../internal/write.js'
import { getModel } from './getModel.js'
import { type InferenceReceipt, parseInferenceReceipts } from './getReceipt.js'

export type InferParameters = {
  modelHash: Hex
  /** Input tensor as bytes, in the form that the model's program defines. */
  input: Uint8Array
  /** METIS to send along, in wei; what exceeds the price comes back. Default: the price. */
  value?: bigint
}

export type InferReturnType = {
  /** Output tensor as bytes; its hash is on the receipt. */
  output: Uint8Array
  inference: InferenceReceipt
  /** Of the transaction. */
  receipt: TransactionReceipt
}

/**
 * Pays for a run of a model on chain and waits for its receipt.
 *
 * @throws UnknownModelError, TransactionRevertedError, OutputMismatchError
 * @example
 * const { output, inference } = await infer(hyperionClient, { modelHash, input: pixels })
 */
export async function infer(
  client: WriteClient,
  { modelHash, input, value }: InferParameters,
): Promise<InferReturnType> {
  const price = value ?? (await getModel(client, { modelHash })).pricePerRun
  const request = {
    address: valuePredeployAddresses.modelRegistry,
    abi: modelRegistryAbi,
    functionName: 'infer',
    args: [modelHash, bytesToHex(input)],
    value: price,
  } as const
  // A transaction returns nothing to its sender; a call gives the output, and the receipt proves it is the same.
  const { result: output } = await simulateContract(client, { ...request, account: client.account })
  const receipt = await writeAndWait(client, request)
  const [inference] = parseInferenceReceipts(receipt)
  if (!inference) throw new ReceiptNotFoundError(`Transaction: ${receipt.transactionHash}`)
  if (keccak256(output) !== inference.outputHash)
    throw new OutputMismatchError(inference.outputHash, keccak256(output))
  return { output: hexToBytes(output), inference, receipt }
}
