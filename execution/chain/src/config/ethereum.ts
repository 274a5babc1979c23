import type { ChainConfig, FeeMarket } from './config.js'

export const ethereumFeeMarket: FeeMarket = { elasticity: 2n, denominator: 8n }

/** Ethereum mainnet, to replay its blocks. */
export const ethereumMainnet: ChainConfig = {
  name: 'Ethereum',
  kind: 'ethereum',
  chainId: 1n,
  forks: [
    { fork: 'frontier', block: 0n },
    { fork: 'homestead', block: 1_150_000n },
    { fork: 'tangerineWhistle', block: 2_463_000n },
    { fork: 'spuriousDragon', block: 2_675_000n },
    { fork: 'byzantium', block: 4_370_000n },
    { fork: 'petersburg', block: 7_280_000n },
    { fork: 'istanbul', block: 9_069_000n },
    { fork: 'berlin', block: 12_244_000n },
    { fork: 'london', block: 12_965_000n },
    { fork: 'paris', block: 15_537_394n },
    { fork: 'shanghai', time: 1_681_338_455n },
    { fork: 'cancun', time: 1_710_338_135n },
    { fork: 'prague', time: 1_746_612_311n },
    { fork: 'osaka', time: 1_764_798_551n },
  ],
  blobSchedule: [
    { time: 1_710_338_135n, target: 3n, max: 6n, baseFeeUpdateFraction: 3_338_477n },
    { time: 1_746_612_311n, target: 6n, max: 9n, baseFeeUpdateFraction: 5_007_716n },
    { time: 1_765_290_071n, target: 10n, max: 15n, baseFeeUpdateFraction: 8_346_193n },
    { time: 1_767_747_671n, target: 14n, max: 21n, baseFeeUpdateFraction: 11_684_671n },
  ],
  daoForkBlock: 1_920_000n,
  bombDelays: [
    { block: 4_370_000n, delay: 3_000_000n },
    { block: 7_280_000n, delay: 5_000_000n },
    { block: 9_200_000n, delay: 9_000_000n },
    { block: 12_965_000n, delay: 9_700_000n },
    { block: 13_773_000n, delay: 10_700_000n },
    { block: 15_050_000n, delay: 11_400_000n },
  ],
  feeMarket: ethereumFeeMarket,
  gasLimit: 45_000_000n,
  feeRecipients: {},
}
