import type { ChainInput } from '@metis-stack/chain-sdk'
import { singleSequencer } from '@metis-stack/chain-sdk'
import { l2Predeploys, predeploys } from '@metis-stack/settlement-contracts'
import type { Deployment } from './deployment.js'
import { metisDbState } from './state.js'

type Shared = Pick<ChainInput, 'state' | 'ordering' | 'settlement' | 'fees' | 'genesis'>

/** What both of our chains have in common: METIS as gas, one sequencer, the same L1, fees to the vault. */
export function settledOnMetis(deployment: Deployment): Shared {
  const { contracts, roles } = deployment
  return {
    state: metisDbState,
    ordering: singleSequencer({ maxDriftSeconds: 600 }),
    settlement: {
      l1ChainId: deployment.l1ChainId,
      portal: contracts.portal,
      outputOracle: contracts.outputOracle,
      genesisOrigin: deployment.genesisOrigin,
      confirmations: 0,
    },
    fees: {
      market: { elasticity: 6n, denominator: 250n, minimumBaseFee: 1_000_000n },
      vault: predeploys.feeVault,
    },
    genesis: {
      alloc: Object.fromEntries(deployment.funded.map(({ address, balance }) => [address, { balance }])),
      predeploys: l2Predeploys({
        l1Bridge: contracts.l1Bridge,
        feeRecipients: [
          { recipient: roles.treasury, bps: 5_000 },
          { recipient: roles.holders, bps: 3_000 },
          { recipient: roles.compute, bps: 2_000 },
        ],
      }),
    },
  }
}
