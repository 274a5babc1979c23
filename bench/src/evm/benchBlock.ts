import type { BlockEnv, ChainRules } from '@metis-stack/metisvm'
import { addressOf } from './world.js'

export const rules: ChainRules = { fork: 'prague', chainId: 1n }

/** The block in which our engine runs programs: no gas limit or fee stands in their way. */
export const block: BlockEnv = {
  number: 1n,
  timestamp: 1n,
  coinbase: addressOf(2),
  gasLimit: 2_000_000_000_000n,
  baseFee: 0n,
  prevRandao: new Uint8Array(32),
  blobBaseFee: 1n,
  blockHash: () => new Uint8Array(32),
}
