import type { Hash, TransactionReceipt } from 'viem'
import { extractTransactionDepositedLogs, getL2TransactionHash } from 'viem/op-stack'
import { isAddressEqual } from 'viem/utils'
import type { SettledChain } from '../../chains/settledChain.js'

export type GetDepositHashesParameters = {
  /** L2 that was deposited to. */
  targetChain: SettledChain
  /** Receipt of the L1 transaction. */
  receipt: Pick<TransactionReceipt, 'logs'>
}

/**
 * Hashes that the deposits of an L1 transaction have on L2, in order. They follow from the L1 log alone, so they are
 * known before L2 has seen it.
 *
 * @example
 * const [hash] = getDepositHashes({ targetChain: andromeda, receipt })
 */
export function getDepositHashes({ targetChain, receipt }: GetDepositHashesParameters): Hash[] {
  return extractTransactionDepositedLogs({ logs: receipt.logs })
    .filter((log) => isAddressEqual(log.address, targetChain.settlement.portal))
    .map((log) => getL2TransactionHash({ log }))
}
