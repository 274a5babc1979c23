import { getCredits } from '../actions/lazai/getCredits.js'
import { getDat } from '../actions/lazai/getDat.js'
import { getLineage } from '../actions/lazai/getLineage.js'
import { getModel } from '../actions/lazai/getModel.js'
import { getReceipt } from '../actions/lazai/getReceipt.js'
import type { ReadClient } from '../internal/client.js'
import type { Bound } from './bound.js'

export type LazaiPublicActions = {
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
}

/**
 * Adds what reads DATs, models, receipts and credits on Hyperion to a viem client.
 *
 * @example
 * const client = createPublicClient({ chain: hyperion, transport: http() }).extend(lazaiPublicActions())
 */
export function lazaiPublicActions(): (client: ReadClient) => LazaiPublicActions {
  return (client) => ({
    getDat: (parameters) => getDat(client, parameters),
    getLineage: (parameters) => getLineage(client, parameters),
    getModel: (parameters) => getModel(client, parameters),
    getReceipt: (parameters) => getReceipt(client, parameters),
    getCredits: (parameters) => getCredits(client, parameters),
  })
}
