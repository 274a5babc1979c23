import { type Address, type Hash, type TransactionReceipt, zeroAddress } from 'viem'
import type { SettledChain } from '../../chains/settledChain.js'
import { LogNotFoundError } from '../../errors/transaction.js'
import type { WriteClient } from '../../internal/client.js'
import type { WaitOptions } from '../../internal/poll.js'
import { confirm } from '../../internal/write.js'
import { finalizeWithdrawal } from '../l1/finalizeWithdrawal.js'
import { proveWithdrawal } from '../l1/proveWithdrawal.js'
import { waitToFinalize } from '../l1/waitToFinalize.js'
import { waitToProve } from '../l1/waitToProve.js'
import { buildProveWithdrawal } from './buildProveWithdrawal.js'
import { getWithdrawals, type Withdrawal } from './getWithdrawals.js'
import { initiateTokenWithdrawal } from './initiateTokenWithdrawal.js'
import { initiateWithdrawal } from './initiateWithdrawal.js'

export type WithdrawParameters = WaitOptions & {
  /** Wallet on L1 that pays for the proof and the finalisation. */
  l1Client: WriteClient
  /** L2 to withdraw from: the client's own chain. */
  targetChain: SettledChain
  /** In wei or the token's smallest unit. */
  amount: bigint
  /** L1 account that receives it. Default: the client's account. */
  to?: Address
  /** What to withdraw: METIS (default), ETH, or a token by its L1 address. */
  asset?: 'metis' | 'eth' | Address
  /** Told about each step that was done, with its transaction. */
  onStep?: (step: WithdrawStep, hash: Hash) => void
}

export type WithdrawStep = 'initiated' | 'proven' | 'finalized'

export type WithdrawReturnType = {
  withdrawal: Withdrawal
  /** Receipts of the three transactions; the first is on L2. */
  initiated: TransactionReceipt
  proven: TransactionReceipt
  finalized: TransactionReceipt
}

/**
 * A withdrawal from beginning to end: sends it on L2, waits for an output root, proves it on L1, waits for the window,
 * finalises it.
 *
 * @throws TransactionRevertedError, WithdrawalProofError, WaitTimeoutError
 * @example
 * const { finalized } = await withdraw(andromedaClient, {
 *   l1Client,
 *   targetChain: andromeda,
 *   amount: parseEther('1'),
 * })
 */
export async function withdraw(
  client: WriteClient,
  { l1Client, targetChain, amount, to, asset = 'metis', onStep, ...wait }: WithdrawParameters,
): Promise<WithdrawReturnType> {
  const sent =
    asset === 'metis'
      ? await initiateWithdrawal(client, { amount, to })
      : await initiateTokenWithdrawal(client, { amount, to, token: asset === 'eth' ? zeroAddress : asset })
  const initiated = await confirm(client, sent, 'The withdrawal')
  const [withdrawal] = getWithdrawals(initiated)
  if (!withdrawal) throw new LogNotFoundError('MessagePassed', sent)
  onStep?.('initiated', sent)

  const output = await waitToProve(l1Client, { targetChain, receipt: initiated, ...wait })
  const proof = await buildProveWithdrawal(client, { withdrawal, output })
  const proving = await proveWithdrawal(l1Client, { targetChain, ...proof })
  const proven = await confirm(l1Client, proving, 'The proof of the withdrawal')
  onStep?.('proven', proving)

  await waitToFinalize(l1Client, { targetChain, withdrawalHash: withdrawal.withdrawalHash, ...wait })
  const finalizing = await finalizeWithdrawal(l1Client, { targetChain, withdrawal })
  const finalized = await confirm(l1Client, finalizing, 'The finalisation of the withdrawal')
  onStep?.('finalized', finalizing)
  return { withdrawal, initiated, proven, finalized }
}
