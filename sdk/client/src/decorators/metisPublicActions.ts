import { waitToFinalize } from '../actions/l1/waitToFinalize.js'
import { waitToProve } from '../actions/l1/waitToProve.js'
import { buildProveWithdrawal } from '../actions/l2/buildProveWithdrawal.js'
import { getBridgedToken } from '../actions/l2/getBridgedToken.js'
import { waitForDeposit } from '../actions/l2/waitForDeposit.js'
import type { ReadClient } from '../internal/client.js'
import type { Bound } from './bound.js'

export type MetisPublicActions = {
  /** See {@link waitToProve}. */
  waitToProve: Bound<typeof waitToProve>
  /** See {@link waitToFinalize}. */
  waitToFinalize: Bound<typeof waitToFinalize>
  /** See {@link waitForDeposit}. */
  waitForDeposit: Bound<typeof waitForDeposit>
  /** See {@link buildProveWithdrawal}. */
  buildProveWithdrawal: Bound<typeof buildProveWithdrawal>
  /** See {@link getBridgedToken}. */
  getBridgedToken: Bound<typeof getBridgedToken>
}

/**
 * Adds what reads and waits on L1 and L2 to a viem client.
 *
 * @example
 * const client = createPublicClient({ chain: andromeda, transport: http() }).extend(metisPublicActions())
 */
export function metisPublicActions(): (client: ReadClient) => MetisPublicActions {
  return (client) => ({
    waitToProve: (parameters) => waitToProve(client, parameters),
    waitToFinalize: (parameters) => waitToFinalize(client, parameters),
    waitForDeposit: (parameters) => waitForDeposit(client, parameters),
    buildProveWithdrawal: (parameters) => buildProveWithdrawal(client, parameters),
    getBridgedToken: (parameters) => getBridgedToken(client, parameters),
  })
}
