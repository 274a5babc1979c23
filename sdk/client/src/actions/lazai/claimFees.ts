import { feeRouterAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import type { Address, TransactionReceipt } from 'viem'
import { parseEventLogs } from 'viem/utils'
import { LogNotFoundError } from '../../errors/transaction.js'
import type { WriteClient } from '../../internal/client.js'
import { writeAndWait } from '../../internal/write.js'

export type ClaimFeesParameters = {
  /** Account that is paid. Default: the client's account. */
  to?: Address
}

export type ClaimFeesReturnType = {
  /** METIS that was paid, in wei. */
  amount: bigint
  receipt: TransactionReceipt
}

/**
 * Pays out what the account has earned from usage fees. Waits until it is mined.
 *
 * @throws TransactionRevertedError
 * @example
 * const { amount } = await claimFees(hyperionClient)
 */
export async function claimFees(
  client: WriteClient,
  { to = client.account.address }: ClaimFeesParameters = {},
): Promise<ClaimFeesReturnType> {
  const receipt = await writeAndWait(client, {
    address: valuePredeployAddresses.feeRouter,
    abi: feeRouterAbi,
    functionName: 'claimTo',
    args: [to],
  })
  const [claimed] = parseEventLogs({ abi: feeRouterAbi, eventName: 'Claimed', logs: receipt.logs })
  if (!claimed) throw new LogNotFoundError('Claimed', receipt.transactionHash)
  return { amount: claimed.args.amount, receipt }
}
