import { getPayouts } from '@metis-stack/client'
import { chequeReaderAbi } from '@metis-stack/value-contracts'
import type { Hash, TransactionReceipt } from 'viem'
import type { Cast, Wallet } from './actors.js'
import type { StoryReport } from './report.js'

/** The chains do not bear out what the story says. */
export class StoryCheckError extends Error {
  override readonly name = 'StoryCheckError'
  constructor(readonly failures: readonly string[]) {
    super(`the story does not hold: ${failures.join('; ')}`)
  }
}

/**
 * Reads the story's outcome back from L1 and Hyperion and holds it against the report.
 *
 * @throws {StoryCheckError} naming everything that does not hold
 */
export async function checkStory({ chains, modeller, clerk }: Cast, report: StoryReport): Promise<void> {
  const failures: string[] = []
  const expect = (holds: boolean, what: string): void => void (holds || failures.push(what))
  const { dataset, model, bridge, cheques, accuracy, verification, withdrawal } = report
  const hyperion = clerk.hyperion

  const dat = await hyperion.getLineage({ id: BigInt(model.datId) })
  expect(same(dat.owner, model.modeller), 'the model DAT belongs to the modeller')
  const parent = dat.parents.find(({ id }) => id === BigInt(dataset.datId))
  expect(
    parent !== undefined && same(parent.owner, dataset.contributor),
    'the model descends from the dataset',
  )
  expect(model.floatAccuracy - model.quantisedAccuracy <= 0.01, 'quantisation loses at most one point')
  expect(
    accuracy.right / accuracy.digits >= 0.94,
    'the model reads at least 94 % of the held-out digits on chain',
  )
  expect(
    BigInt(bridge.after) - BigInt(bridge.before) === BigInt(bridge.amount),
    'the clerk got what was bridged',
  )

  const total = await hyperion.readContract({
    address: cheques.reader,
    abi: chequeReaderAbi,
    functionName: 'total',
  })
  const sum = cheques.cheques.reduce((t, { read }) => t + BigInt(read), 0n)
  expect(total === sum && total === BigInt(cheques.total), "the contract's total is the sum of its cheques")

  let paid = 0n
  for (const { transaction } of cheques.cheques)
    for (const { amount } of getPayouts(await success(hyperion, transaction, expect))) paid += amount
  expect(paid === BigInt(cheques.usageCost), 'the payouts add up to the usage fees, to the last wei')
  expect(
    verification.outputHash === verification.reExecutedHash,
    're-execution gives the output of the receipt',
  )

  await success(hyperion, withdrawal.initiated, expect)
  await success(modeller.l1, withdrawal.proven, expect)
  await success(modeller.l1, withdrawal.finalized, expect)
  expect(
    BigInt(withdrawal.l1After) - BigInt(withdrawal.l1Before) === BigInt(withdrawal.withdrawn),
    `the withdrawal arrived on ${chains.l1.name}`,
  )
  if (failures.length > 0) throw new StoryCheckError(failures)
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

async function success(
  client: Wallet,
  hash: Hash,
  expect: (holds: boolean, what: string) => void,
): Promise<TransactionReceipt> {
  const receipt = await client.getTransactionReceipt({ hash })
  expect(receipt.status === 'success', `transaction ${hash} succeeded`)
  return receipt
}
