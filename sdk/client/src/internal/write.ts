import type {
  Abi,
  Address,
  ContractFunctionArgs,
  ContractFunctionName,
  Hash,
  TransactionReceipt,
  WriteContractParameters,
} from 'viem'
import { waitForTransactionReceipt, writeContract } from 'viem/actions'
import { TransactionRevertedError } from '../errors/transaction.js'
import type { ReadClient, WriteClient } from './client.js'

type Mutability = 'nonpayable' | 'payable'

export type WriteParameters<
  abi extends Abi,
  name extends ContractFunctionName<abi, Mutability>,
  args extends ContractFunctionArgs<abi, Mutability, name>,
> = {
  address: Address
  abi: abi
  functionName: name | ContractFunctionName<abi, Mutability>
  args: args
  /** In wei. */
  value?: bigint
  gas?: bigint
  nonce?: number
}

/** Sends a contract call from the client's account; a revert is reported decoded, before anything is sent. */
export function write<
  const abi extends Abi,
  name extends ContractFunctionName<abi, Mutability>,
  const args extends ContractFunctionArgs<abi, Mutability, name>,
>(client: WriteClient, parameters: WriteParameters<abi, name, args>): Promise<Hash> {
  return writeContract(client, {
    ...parameters,
    account: client.account,
    chain: client.chain ?? null,
  } as unknown as WriteContractParameters)
}

/** `write`, then waits until it is mined. @throws TransactionRevertedError */
export async function writeAndWait<
  const abi extends Abi,
  name extends ContractFunctionName<abi, Mutability>,
  const args extends ContractFunctionArgs<abi, Mutability, name>,
>(client: WriteClient, parameters: WriteParameters<abi, name, args>): Promise<TransactionReceipt> {
  return confirm(client, await write(client, parameters), parameters.functionName)
}

/** Waits until a transaction is mined. `what` names it in the error. @throws TransactionRevertedError */
export async function confirm(client: ReadClient, hash: Hash, what: string): Promise<TransactionReceipt> {
  const receipt = await waitForTransactionReceipt(client, { hash, pollingInterval: pollingInterval(client) })
  if (receipt.status !== 'success') throw new TransactionRevertedError(what, hash)
  return receipt
}

/** A quarter of the block time, 50 to 1,000 ms: blocks come faster here than viem's default expects. */
export function pollingInterval(client: ReadClient): number {
  const blockTime = client.chain?.blockTime ?? 1_000
  return Math.min(1_000, Math.max(50, Math.floor(blockTime / 4)))
}
