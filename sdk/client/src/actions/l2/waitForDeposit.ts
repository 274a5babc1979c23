import type { TransactionReceipt } from 'viem'
import { getTransactionReceipt } from 'viem/actions'
import type { SettledChain } from '../../chains/settledChain.js'
import { LogNotFoundError } from '../../errors/transaction.js'
import type { ReadClient } from '../../internal/client.js'
import { poll, type WaitOptions } from '../../internal/poll.js'
import { pollingInterval } from '../../internal/write.js'
import { getDepositHashes } from '../l1/getDepositHashes.js'

export type WaitForDepositParameters = WaitOptions & {
  /** L2 that was deposited to. */
  targetChain: SettledChain
  /** Receipt of the L1 transaction. */
  receipt: Pick<TransactionReceipt, 'logs' | 'transactionHash'>
}

/**
 * Waits until L2 has included the (first) deposit of an L1 transaction. Its `status` says whether the L2 call
 * succeeded; METIS that was minted is with the sender either way.
 *
 * @throws LogNotFoundError if the L1 transaction deposits nothing, WaitTimeoutError
 * @example
 * const { status } = await waitForDeposit(andromedaClient, { targetChain: andromeda, receipt })
 */
export async function waitForDeposit(
  client: ReadClient,
  { targetChain, receipt, ...options }: WaitForDepositParameters,
): Promise<TransactionReceipt> {
  const [hash] = getDepositHashes({ targetChain, receipt })
  if (!hash) throw new LogNotFoundError('TransactionDeposited', receipt.transactionHash)
  return poll(
    `deposit ${hash} on ${targetChain.name}`,
    () =>
      getTransactionReceipt(client, { hash }).catch((error: Error) => {
        if (error.name === 'TransactionReceiptNotFoundError') return undefined
        throw error
      }),
    { pollingInterval: pollingInterval(client), ...options },
  )
}
