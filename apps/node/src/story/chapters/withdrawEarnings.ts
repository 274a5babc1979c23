import { metisTokenAbi } from '@metis-stack/settlement-contracts'
import type { Cast } from '../actors.js'
import type { WithdrawalReport } from '../report.js'

/** The modeller claims what the model earned and takes it to L1. */
export async function withdrawEarnings({ chains, modeller }: Cast): Promise<WithdrawalReport> {
  const targetChain = chains.hyperion
  const l1Balance = (): Promise<bigint> =>
    modeller.l1.readContract({
      address: targetChain.settlement.metis,
      abi: metisTokenAbi,
      functionName: 'balanceOf',
      args: [modeller.address],
    })
  const { amount } = await modeller.hyperion.claimFees()
  const before = await l1Balance()
  const { initiated, proven, finalized } = await modeller.hyperion.withdraw({
    l1Client: modeller.l1,
    targetChain,
    amount,
  })
  return {
    modeller: modeller.address,
    claimed: String(amount),
    withdrawn: String(amount),
    initiated: initiated.transactionHash,
    proven: proven.transactionHash,
    finalized: finalized.transactionHash,
    l1Before: String(before),
    l1After: String(await l1Balance()),
  }
}
