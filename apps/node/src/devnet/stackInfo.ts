import type { Hex } from '@metis-stack/chain'
import type { RollupAddresses } from '@metis-stack/settlement-contracts'
import type { Roles } from '../profiles/deployment.js'
import type { DevAccount } from './accounts.js'

export type Endpoint = {
  chainId: number
  /** HTTP */
  url: string
  webSocketUrl: string
}

/**
 * All that a user of a running stack needs to know; plain JSON, also written to `stack.json` in the state folder. The
 * private keys are development keys that everybody knows.
 */
export type StackInfo = {
  version: 1
  stateDir: string
  l1: Endpoint
  andromeda: Endpoint
  hyperion: Endpoint
  addresses: {
    /** METIS, an ERC-20 on L1. */
    metis: Hex
    /** L1 contracts of each L2. */
    andromeda: RollupAddresses
    hyperion: RollupAddresses
    /** On both L2s. */
    predeploys: { l2Bridge: Hex; feeVault: Hex; l1Block: Hex; l2MessagePasser: Hex }
    /** On Hyperion. */
    value: { dat: Hex; modelRegistry: Hex; feeRouter: Hex; infer: Hex }
  }
  /** Ten, with ETH and METIS on L1 and METIS on both L2s. */
  accounts: DevAccount[]
  mnemonic: string
  roles: Roles
  /** Seconds between the proof of a withdrawal on L1 and its payment. */
  finalizationSeconds: number
}
