import { parseInferenceReceipts } from '@metis-stack/client'
import type { Dataset } from '@metis-stack/inference'
import { valuePredeployAddresses } from '@metis-stack/value-contracts'
import { verifyInference } from '@metis-stack/verify'
import { keccak256 } from 'viem'
import type { Actor } from '../actors.js'
import { digitAt } from '../digits.js'
import type { ChequesReport, VerificationReport } from '../report.js'

/** Anybody can do this: weights and receipt come from the chain, the input from whoever asks for the check. */
export async function verifyReceipt(
  { hyperion: client }: Actor,
  heldOut: Dataset,
  { cheques }: ChequesReport,
): Promise<VerificationReport> {
  const { transaction } = cheques[0]!
  const receipt = parseInferenceReceipts(await client.getTransactionReceipt({ hash: transaction }))[0]!
  const verdict = await verifyInference(client, {
    receipt,
    input: digitAt(heldOut, 0),
    registry: valuePredeployAddresses.modelRegistry,
  })
  if (!verdict.valid) throw new Error(`receipt ${receipt.receiptId} does not hold: ${verdict.message}`)
  return {
    transaction,
    receiptId: String(receipt.receiptId),
    outputHash: receipt.outputHash,
    reExecutedHash: keccak256(verdict.output),
  }
}
