import { depositErc20 } from '../actions/l1/depositErc20.js'
import { depositEth } from '../actions/l1/depositEth.js'
import { depositMetis } from '../actions/l1/depositMetis.js'
import { depositTransaction } from '../actions/l1/depositTransaction.js'
import { finalizeWithdrawal } from '../actions/l1/finalizeWithdrawal.js'
import { proveWithdrawal } from '../actions/l1/proveWithdrawal.js'
import { initiateTokenWithdrawal } from '../actions/l2/initiateTokenWithdrawal.js'
import { initiateWithdrawal } from '../actions/l2/initiateWithdrawal.js'
import { withdraw } from '../actions/l2/withdraw.js'
import type { WriteClient } from '../internal/client.js'
import type { Bound } from './bound.js'

export type MetisWalletActions = {
  /** See {@link depositMetis}. */
  depositMetis: Bound<typeof depositMetis>
  /** See {@link depositEth}. */
  depositEth: Bound<typeof depositEth>
  /** See {@link depositErc20}. */
  depositErc20: Bound<typeof depositErc20>
  /** See {@link depositTransaction}. */
  depositTransaction: Bound<typeof depositTransaction>
  /** See {@link proveWithdrawal}. */
  proveWithdrawal: Bound<typeof proveWithdrawal>
  /** See {@link finalizeWithdrawal}. */
  finalizeWithdrawal: Bound<typeof finalizeWithdrawal>
  /** See {@link initiateWithdrawal}. */
  initiateWithdrawal: Bound<typeof initiateWithdrawal>
  /** See {@link initiateTokenWithdrawal}. */
  initiateTokenWithdrawal: Bound<typeof initiateTokenWithdrawal>
  /** See {@link withdraw}. */
  withdraw: Bound<typeof withdraw>
}

/**
 * Adds deposits, withdrawals and their proofs to a viem client with an account.
 *
 * @example
 * const client = createWalletClient({ account, chain: l1, transport: http() }).extend(metisWalletActions())
 * await client.depositMetis({ targetChain: andromeda, amount: parseEther('5') })
 */
export function metisWalletActions(): (client: WriteClient) => MetisWalletActions {
  return (client) => ({
    depositMetis: (parameters) => depositMetis(client, parameters),
    depositEth: (parameters) => depositEth(client, parameters),
    depositErc20: (parameters) => depositErc20(client, parameters),
    depositTransaction: (parameters) => depositTransaction(client, parameters),
    proveWithdrawal: (parameters) => proveWithdrawal(client, parameters),
    finalizeWithdrawal: (parameters) => finalizeWithdrawal(client, parameters),
    initiateWithdrawal: (parameters) => initiateWithdrawal(client, parameters),
    initiateTokenWithdrawal: (parameters) => initiateTokenWithdrawal(client, parameters),
    withdraw: (parameters) => withdraw(client, parameters),
  })
}
