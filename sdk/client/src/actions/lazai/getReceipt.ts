import { modelRegistryAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import type { Address, Hash, Hex, TransactionReceipt } from 'viem'
import { getBlockNumber, getContractEvents, getTransactionReceipt } from 'viem/actions'
import { isAddressEqual, parseEventLogs } from 'viem/utils'
import { ReceiptNotFoundError } from '../../errors/lazai.js'
import type { ReadClient } from '../../internal/client.js'

/** On-chain record of one inference. */
export type InferenceReceipt = {
  receiptId: bigint
  modelHash: Hex
  /** Account or contract that asked and paid. */
  caller: Address
  /** keccak256 of the input and of the output bytes. */
  inputHash: Hex
  outputHash: Hex
  /** METIS that was paid, in wei. */
  price: bigint
  /** DAT that earned. */
  datId: bigint
  transactionHash: Hash
  blockNumber: bigint
}

export type GetReceiptParameters =
  | {
      /** Transaction that ran the inference; its first receipt is given. */
      hash: Hash
      receiptId?: undefined
    }
  | {
      receiptId: bigint
      hash?: undefined
      /** Oldest block to search. Default: 0. */
      fromBlock?: bigint
    }

/** Blocks searched in one request, backwards from the newest. */
const window = 50_000n

/**
 * The receipt of an inference, by transaction or by its number.
 *
 * @throws ReceiptNotFoundError
 * @example
 * const { outputHash, price } = await getReceipt(hyperionClient, { hash })
 */
export async function getReceipt(
  client: ReadClient,
  parameters: GetReceiptParameters,
): Promise<InferenceReceipt> {
  if (parameters.hash !== undefined) {
    const { hash } = parameters
    const [receipt] = parseInferenceReceipts(await getTransactionReceipt(client, { hash }))
    if (!receipt) throw new ReceiptNotFoundError(`Transaction: ${hash}`)
    return receipt
  }
  const { receiptId, fromBlock = 0n } = parameters
  for (let to = await getBlockNumber(client, { cacheTime: 0 }); to >= fromBlock; to -= window) {
    const from = to - window + 1n
    const [log] = await getContractEvents(client, {
      address: valuePredeployAddresses.modelRegistry,
      abi: modelRegistryAbi,
      eventName: 'Inference',
      args: { receiptId },
      fromBlock: from > fromBlock ? from : fromBlock,
      toBlock: to,
      strict: true,
    })
    if (log) return { ...log.args, transactionHash: log.transactionHash, blockNumber: log.blockNumber }
  }
  throw new ReceiptNotFoundError(`Receipt: ${receiptId}, searched from block ${fromBlock}`)
}

/** All inference receipts of a transaction, in order: a contract may run several. */
export function parseInferenceReceipts(receipt: Pick<TransactionReceipt, 'logs'>): InferenceReceipt[] {
  return parseEventLogs({ abi: modelRegistryAbi, eventName: 'Inference', logs: receipt.logs })
    .filter((log) => isAddressEqual(log.address, valuePredeployAddresses.modelRegistry))
    .map(({ args, transactionHash, blockNumber }) => ({ ...args, transactionHash, blockNumber }))
}
