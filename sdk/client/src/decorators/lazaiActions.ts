import { anchorData } from '../actions/lazai/anchorData.js'
import { claimFees } from '../actions/lazai/claimFees.js'
import { getCredits } from '../actions/lazai/getCredits.js'
import { getDat } from '../actions/lazai/getDat.js'
import { getLineage } from '../actions/lazai/getLineage.js'
import { getModel } from '../actions/lazai/getModel.js'
import { getReceipt } from '../actions/lazai/getReceipt.js'
import { infer } from '../actions/lazai/infer.js'
import { mintDat } from '../actions/lazai/mintDat.js'
import { registerModel } from '../actions/lazai/registerModel.js'
import { uploadModel } from '../actions/lazai/uploadModel.js'
import type { WriteClient } from '../internal/client.js'
import type { Bound } from './bound.js'

export type LazaiActions = {
  /** See {@link getDat}. */
  getDat: Bound<typeof getDat>
  /** See {@link getLineage}. */
  getLineage: Bound<typeof getLineage>
  /** See {@link getModel}. */
  getModel: Bound<typeof getModel>
  /** See {@link getReceipt}. */
  getReceipt: Bound<typeof getReceipt>
  /** See {@link getCredits}. */
  getCredits: Bound<typeof getCredits>
  /** See {@link mintDat}. */
  mintDat: Bound<typeof mintDat>
  /** See {@link anchorData}. */
  anchorData: Bound<typeof anchorData>
  /** See {@link uploadModel}. */
  uploadModel: Bound<typeof uploadModel>
  /** See {@link registerModel}. */
  registerModel: Bound<typeof registerModel>
  /** See {@link infer}. */
  infer: Bound<typeof infer>
  /** See {@link claimFees}. */
  claimFees: Bound<typeof claimFees>
}

/**
 * Adds everything about DATs, models, inferences and fees on Hyperion to a viem client with an account.
 *
 * @example
 * const client = createWalletClient({ account, chain: hyperion, transport: http() }).extend(lazaiActions())
 * const { output } = await client.infer({ modelHash, input })
 */
export function lazaiActions(): (client: WriteClient) => LazaiActions {
  return (client) => ({
    getDat: (parameters) => getDat(client, parameters),
    getLineage: (parameters) => getLineage(client, parameters),
    getModel: (parameters) => getModel(client, parameters),
    getReceipt: (parameters) => getReceipt(client, parameters),
    getCredits: (parameters) => getCredits(client, parameters),
    mintDat: (parameters) => mintDat(client, parameters),
    anchorData: (parameters) => anchorData(client, parameters),
    uploadModel: (parameters) => uploadModel(client, parameters),
    registerModel: (parameters) => registerModel(client, parameters),
    infer: (parameters) => infer(client, parameters),
    claimFees: (parameters) => claimFees(client, parameters),
  })
}
