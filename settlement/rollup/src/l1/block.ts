import type { Hex, Transaction } from '@metis-stack/chain'
import type { L1Origin } from '../derivation/origin.js'

/** All that derivation reads of one L1 block. */
export type L1Block = L1Origin & {
  parentHash: Hex
  /** wei per gas */
  baseFee: bigint
  /** 32 bytes */
  prevRandao: Hex
  /** In the order of their events. */
  deposits: Transaction[]
}
