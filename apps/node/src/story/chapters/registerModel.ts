import { UnknownModelError } from '@metis-stack/client'
import { type Hex, keccak256, parseEther, type TransactionReceipt } from 'viem'
import type { Actor } from '../actors.js'
import type { DatasetReport, ModelReport } from '../report.js'
import type { TrainedModel } from './trainModel.js'

/** METIS for reading one digit. */
const pricePerRun = parseEther('0.01')

/** Share of what the model earns that its owner passes on to the dataset, in hundredths of a percent. */
const ancestorBps = 1_000

/** The modeller puts the program on chain and anchors it as a DAT that descends from the dataset. */
export async function registerModel(
  modeller: Actor,
  dataset: DatasetReport,
  trained: TrainedModel,
): Promise<ModelReport> {
  const { program, seconds, floatAccuracy, quantisedAccuracy } = trained
  const client = modeller.hyperion
  const { modelHash, chunks, receipts } = await client.uploadModel({ program })
  const transactions = [...receipts]
  let datId = await registeredDat(modeller, modelHash)
  if (datId === undefined) {
    const minted = await client.mintDat({
      contentHash: modelHash,
      metadata: JSON.stringify({ name: 'Digits classifier', task: 'image-classification' }),
      ancestors: [BigInt(dataset.datId)],
      policy: { ancestorBps },
    })
    datId = minted.id
    transactions.push(minted.receipt, await client.registerModel({ modelHash, chunks, datId, pricePerRun }))
  }
  return {
    modeller: modeller.address,
    datId: String(datId),
    modelHash: keccak256(program),
    programBytes: program.length,
    trainSeconds: seconds,
    floatAccuracy,
    quantisedAccuracy,
    pricePerRun: String(pricePerRun),
    transactions: transactions.map((receipt) => receipt.transactionHash),
    gasUsed: String(transactions.reduce((sum, receipt: TransactionReceipt) => sum + receipt.gasUsed, 0n)),
  }
}

/** Training is deterministic: a story that was stopped here finds its own model. */
async function registeredDat(modeller: Actor, modelHash: Hex): Promise<bigint | undefined> {
  try {
    return (await modeller.hyperion.getModel({ modelHash })).datId
  } catch (error) {
    if (error instanceof UnknownModelError) return undefined
    throw error
  }
}
