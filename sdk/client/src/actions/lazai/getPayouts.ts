import { feeRouterAbi, valuePredeployAddresses } from '@metis-stack/value-contracts'
import type { Address, TransactionReceipt } from 'viem'
import { isAddressEqual, parseEventLogs } from 'viem/utils'

/** Parts of a usage fee, as the fee router numbers them. */
export const feeRoles = ['compute', 'model', 'dataset', 'holders', 'treasury'] as const

/** Who a part of a usage fee was credited to. */
export type Payout = {
  /** Number of the fee; the parts of one fee share it. */
  usage: bigint
  payee: Address
  role: (typeof feeRoles)[number]
  /** DAT whose owner the payee is; 0 if the role has no DAT. */
  datId: bigint
  /** In wei. */
  amount: bigint
}

/**
 * Who was credited what by the usage fees in a transaction, in order.
 *
 * @example
 * for (const { role, payee, amount } of getPayouts(receipt)) console.log(role, payee, formatEther(amount))
 */
export function getPayouts(receipt: Pick<TransactionReceipt, 'logs'>): Payout[] {
  return parseEventLogs({ abi: feeRouterAbi, eventName: 'Credited', logs: receipt.logs })
    .filter((log) => isAddressEqual(log.address, valuePredeployAddresses.feeRouter))
    .map(({ args: { role, ...payout } }) => ({ ...payout, role: feeRoles[role] ?? 'treasury' }))
}
