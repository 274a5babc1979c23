import type { Block, Chain } from '@metis-stack/chain'
import { type L1Origin, type L1Source, RollupError } from '@metis-stack/rollup'
import { originOf } from '../ordering/single.js'

/**
 * The highest of our blocks whose L1 origin is still canonical: where to go on after L1 reorganised below the head.
 *
 * @throws {RollupError} `l1Reorg` when not even the genesis origin is: L1 is another chain than ours was made for;
 * `l1Unavailable`
 */
export async function lastCanonicalBlock(
  chain: Chain,
  l1: L1Source,
  genesisOrigin: L1Origin,
): Promise<Block> {
  if (!(await l1.isCanonical(genesisOrigin)))
    throw new RollupError(
      'l1Reorg',
      `L1 does not have block ${genesisOrigin.number} that this chain began at`,
      {
        meta: { genesisOrigin },
      },
    )
  let good = 0n
  let bad = chain.head.header.number + 1n
  // Origins only advance along the chain, so canonical ones are a prefix.
  while (bad - good > 1n) {
    const middle = (good + bad) / 2n
    if (await l1.isCanonical(originOf(chain, chain.blockByNumber(middle)!, genesisOrigin))) good = middle
    else bad = middle
  }
  return chain.blockByNumber(good)!
}
