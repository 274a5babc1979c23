import type { AllocFixture } from '../state/fixture.js'

export type BlockchainFixture = {
  network: string
  genesisRLP: string
  genesisBlockHeader: { hash: string }
  pre: AllocFixture
  blocks: { rlp: string; expectException?: string }[]
  lastblockhash: string
  postState?: AllocFixture
  postStateHash?: string
}
