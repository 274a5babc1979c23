import type { Fork, Precompile } from '@metis-stack/metisvm'
import type { Hex } from '../types/hex.js'

/** When a fork begins: from a block number, a timestamp (seconds), or a total difficulty of the parent (Paris). */
export type ForkActivation = { fork: Fork; block?: bigint; time?: bigint; totalDifficulty?: bigint }

/** EIP-7840 / EIP-7892: blob parameters from `time` on. `target` and `max` are blobs per block. */
export type BlobParameters = { time: bigint; target: bigint; max: bigint; baseFeeUpdateFraction: bigint }

/** EIP-1559 */
export type FeeMarket = {
  /** gas limit ÷ gas target */
  elasticity: bigint
  /** the base fee moves by at most 1/denominator per block */
  denominator: bigint
  /** wei per gas; the base fee never falls below */
  minimumBaseFee?: bigint
}

export type ChainConfig = {
  name?: string
  chainId: bigint
  /** Ascending; the last entry that is active decides. `[{ fork: 'osaka', time: 0n }]` for a new chain. */
  forks: ForkActivation[]
  /** Ascending by time. Ethereum's own per fork when absent. */
  blobSchedule?: BlobParameters[]
  feeMarket: FeeMarket
  /** Of the blocks that we build; imported blocks follow the header rules. */
  gasLimit: bigint
  feeRecipients: {
    /** Base fee; burnt when absent (Ethereum). */
    baseFee?: Hex
    /** Blob fee; burnt when absent. */
    blobFee?: Hex
    /** Default coinbase of the blocks that we build: gets the tips. */
    coinbase?: Hex
  }
  /** Precompiles beyond the fork's own. */
  precompiles?: ReadonlyMap<Hex, Precompile>
  /**
   * `l2`: deposits allowed and first, no blobs, timestamps may repeat, gas limit may jump, no withdrawals.
   * `ethereum`: rules of Ethereum headers and bodies to the letter.
   */
  kind: 'l2' | 'ethereum'
  /** bytes; EIP-170's when absent */
  maxCodeSize?: number
  /** EIP-6110; Ethereum's own when absent. */
  depositContract?: Hex
  /** EIP-779: ether of the DAO and its children moves at this block. */
  daoForkBlock?: bigint
  /** By how many blocks the difficulty bomb is late, from `block` on; what the fork brought when absent. */
  bombDelays?: { block: bigint; delay: bigint }[]
}
