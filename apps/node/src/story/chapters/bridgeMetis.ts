import { parseEther } from 'viem'
import type { Cast } from '../actors.js'
import type { BridgeReport } from '../report.js'

/** METIS for the clerk's cheques and gas. */
const amount = parseEther('5')

/** The sponsor locks METIS on L1; the clerk, who had none, has it on Hyperion. */
export async function bridgeMetis({ chains, sponsor, clerk }: Cast): Promise<BridgeReport> {
  const targetChain = chains.hyperion
  const before = await clerk.hyperion.getBalance({ address: clerk.address })
  const l1Transaction = await sponsor.l1.depositMetis({ targetChain, amount, to: clerk.address })
  const receipt = await sponsor.l1.waitForTransactionReceipt({ hash: l1Transaction })
  const deposit = await clerk.hyperion.waitForDeposit({ targetChain, receipt })
  const after = await clerk.hyperion.getBalance({ address: clerk.address })
  return {
    clerk: clerk.address,
    amount: String(amount),
    l1Transaction,
    l2Transaction: deposit.transactionHash,
    before: String(before),
    after: String(after),
  }
}
