import { portalAbi } from '@metis-stack/settlement-contracts'
import { type Address, type Hash, type Hex, zeroAddress } from 'viem'
import type { SettledChain } from '../../chains/settledChain.js'
import { ensureAllowance } from '../../internal/approve.js'
import type { WriteClient } from '../../internal/client.js'
import { write } from '../../internal/write.js'

export type DepositTransactionParameters = {
  /** L2 that must include the transaction. */
  targetChain: SettledChain
  /** L2 gas limit. */
  gas: bigint
  /** L2 target; left out, `data` is init code. */
  to?: Address
  data?: Hex
  /** METIS that the L2 call carries, in wei. Default: `mint`. */
  value?: bigint
  /** METIS to lock on L1 and credit to the sender on L2 first, in wei. Default: none. */
  mint?: bigint
}

/**
 * Forces a transaction into L2, from the same address there: the sequencer cannot leave it out.
 *
 * @returns hash of the L1 transaction
 * @example
 * await depositTransaction(l1Client, { targetChain: andromeda, to: token, data, gas: 100_000n })
 */
export async function depositTransaction(
  client: WriteClient,
  { targetChain, gas, to, data = '0x', mint = 0n, value = mint }: DepositTransactionParameters,
): Promise<Hash> {
  const { metis, portal } = targetChain.settlement
  if (mint > 0n) await ensureAllowance(client, { token: metis, spender: portal, amount: mint })
  return write(client, {
    address: portal,
    abi: portalAbi,
    functionName: 'depositTransaction',
    args: [to ?? zeroAddress, value, mint, gas, to === undefined, data],
  })
}
