import type { Dataset } from '@metis-stack/inference'
import { inferPrecompileAddress, valuePredeployAddresses } from '@metis-stack/value-contracts'
import { bytesToHex, concatHex, type Hex, hexToBytes } from 'viem'
import type { Actor } from '../actors.js'
import { digitAt } from '../digits.js'
import type { AccuracyReport, ModelReport } from '../report.js'

/** Calls under way at once. */
const parallel = 16

/**
 * Every held-out digit through the precompile, over the weights in Hyperion's state. Calls cost nothing; they name the
 * registry as their sender because a priced model answers nobody else.
 */
export async function measureAccuracy(
  { hyperion: client }: Actor,
  heldOut: Dataset,
  { modelHash }: ModelReport,
  onProgress: (done: number) => void,
): Promise<AccuracyReport> {
  const digits = heldOut.labels.length
  const request = (index: number): { account: Hex; to: Hex; data: Hex } => ({
    account: valuePredeployAddresses.modelRegistry,
    to: inferPrecompileAddress,
    data: concatHex([modelHash, bytesToHex(digitAt(heldOut, index))]),
  })
  let right = 0
  for (let start = 0; start < digits; start += parallel) {
    const indices = Array.from({ length: Math.min(parallel, digits - start) }, (_, i) => start + i)
    const outputs = await Promise.all(indices.map((index) => client.call(request(index))))
    outputs.forEach(({ data }, i) => {
      if (hexToBytes(data ?? '0x')[0] === heldOut.labels[indices[i]!]) right++
    })
    onProgress(start + indices.length)
  }
  return { digits, right, gasPerRun: String(await client.estimateGas(request(0))) }
}
