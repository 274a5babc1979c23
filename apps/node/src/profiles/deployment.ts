import type { Hex } from '@metis-stack/chain'
import type { L1Origin } from '@metis-stack/rollup'
import type { RollupAddresses } from '@metis-stack/settlement-contracts'

/** What a profile cannot know before its L1 contracts stand. */
export type Deployment = {
  l1ChainId: number
  genesisOrigin: L1Origin
  contracts: RollupAddresses
  /** Accounts that have METIS from genesis on; amounts in wei, backed by METIS locked in the portal. */
  funded: { address: Hex; balance: bigint }[]
  roles: Roles
}

/** Who is paid and who decides, beyond users. */
export type Roles = {
  /** Owns the L1 contracts and the fee rule. */
  owner: Hex
  treasury: Hex
  /** Pool of the METIS and DAT holders. */
  holders: Hex
  /** Paid for inferences that run within a block. */
  compute: Hex
}
