import { l2MessagePasserAbi, predeploys } from '@metis-stack/settlement-contracts'
import type { Address, Hex, TransactionReceipt } from 'viem'
import { isAddressEqual, parseEventLogs } from 'viem/utils'

/** A message from L2 to L1 that may carry METIS. */
export type Withdrawal = {
  nonce: bigint
  /** L2 account that sent it. */
  sender: Address
  /** L1 account that receives it. */
  target: Address
  /** METIS in wei. */
  value: bigint
  /** Least gas for the call of `target`. */
  gasLimit: bigint
  /** Calldata for `target`. */
  data: Hex
  withdrawalHash: Hex
}

/**
 * Withdrawals that an L2 transaction sent, in order.
 *
 * @example
 * const [withdrawal] = getWithdrawals(await l2Client.waitForTransactionReceipt({ hash }))
 */
export function getWithdrawals(receipt: Pick<TransactionReceipt, 'logs'>): Withdrawal[] {
  return parseEventLogs({ abi: l2MessagePasserAbi, eventName: 'MessagePassed', logs: receipt.logs })
    .filter((log) => isAddressEqual(log.address, predeploys.l2MessagePasser))
    .map((log) => log.args)
}
