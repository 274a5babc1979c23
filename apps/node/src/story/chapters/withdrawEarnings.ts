import { metisTokenAbi } from '@metis-stack/settlement-contracts'
import type { Cast } from '../actors.js'
import type { ChequesReport, WithdrawalReport } from '../report.js'

/** The modeller claims what the model earned and takes it to L1. */
export async function withdrawEarnings(
  { chains, modeller }: Cast,
  { payouts }: ChequesReport,
): Promise<WithdrawalReport> {
  const targetChain = chains.hyperion
  const l1Balance = (): Promise<bigint> =>
    modeller.l1.readContract({
      address: targetChain.settlement.metis,
      abi: metisTokenAbi,
      functionName: 'balanceOf',
      args: [modeller.address],
    })
  const credits = await modeller.hyperion.getCredits({ address: modeller.address })
  // Nothing left to claim: the story was stopped between the claim and the end of this chapter.
  const amount =
    credits > 0n ? (await modeller.hyperion.claimFees()).amount : earned(payouts, modeller.address)
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

function earned(payouts: ChequesReport['payouts'], payee: string): bigint {
  return payouts
    .filter((payout) => payout.payee.toLowerCase() === payee.toLowerCase())
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n)
}
