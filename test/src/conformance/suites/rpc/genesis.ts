import type { BlobParameters, ChainConfig, ForkActivation, GenesisOptions, Hex } from '@metis-stack/chain'
import { ethereumFeeMarket } from '@metis-stack/chain'

/** geth's genesis.json, as far as the suite uses it. */
export type GenesisFile = {
  config: Record<string, unknown> & {
    chainId: number
    depositContractAddress?: Hex
    terminalTotalDifficulty: number
    blobSchedule: Record<string, { target: number; max: number; baseFeeUpdateFraction: number }>
  }
  nonce: Hex
  timestamp: Hex
  extraData: Hex
  gasLimit: Hex
  difficulty: Hex
  mixHash: Hex
  coinbase: Hex
  alloc: Record<string, { balance?: string; nonce?: string; code?: Hex; storage?: Record<Hex, Hex> }>
}

const blockForks = [
  ['homesteadBlock', 'homestead'],
  ['eip150Block', 'tangerineWhistle'],
  ['eip158Block', 'spuriousDragon'],
  ['byzantiumBlock', 'byzantium'],
  ['constantinopleBlock', 'constantinople'],
  ['petersburgBlock', 'petersburg'],
  ['istanbulBlock', 'istanbul'],
  ['berlinBlock', 'berlin'],
  ['londonBlock', 'london'],
] as const

const timeForks = [
  ['shanghaiTime', 'shanghai'],
  ['cancunTime', 'cancun'],
  ['pragueTime', 'prague'],
  ['osakaTime', 'osaka'],
] as const

/** Rules and first block of the suite's chain, which passes through every fork. */
export function genesisOptions(file: GenesisFile): GenesisOptions {
  const { config } = file
  const chain: ChainConfig = {
    kind: 'ethereum',
    chainId: BigInt(config.chainId),
    forks: forksOf(config),
    blobSchedule: blobScheduleOf(config),
    feeMarket: ethereumFeeMarket,
    gasLimit: BigInt(file.gasLimit),
    feeRecipients: {},
    depositContract: config.depositContractAddress,
  }
  return {
    config: chain,
    alloc: Object.fromEntries(
      Object.entries(file.alloc).map(([address, { balance, nonce, code, storage }]) => [
        `0x${address.replace(/^0x/, '')}`,
        { balance: BigInt(balance ?? 0), nonce: BigInt(nonce ?? 0), code, storage },
      ]),
    ),
    timestamp: BigInt(file.timestamp),
    extraData: file.extraData,
    header: {
      gasLimit: BigInt(file.gasLimit),
      difficulty: BigInt(file.difficulty),
      mixHash: file.mixHash,
      nonce: `0x${BigInt(file.nonce).toString(16).padStart(16, '0')}`,
      miner: file.coinbase,
    },
  }
}

function forksOf(config: GenesisFile['config']): ForkActivation[] {
  const byBlock = blockForks.flatMap(([key, fork]) => {
    const block = config[key]
    return typeof block === 'number' ? [{ fork, block: BigInt(block) }] : []
  })
  const byTime = timeForks.flatMap(([key, fork]) => {
    const time = config[key]
    return typeof time === 'number' ? [{ fork, time: BigInt(time) }] : []
  })
  return [...byBlock, { fork: 'paris', totalDifficulty: BigInt(config.terminalTotalDifficulty) }, ...byTime]
}

function blobScheduleOf(config: GenesisFile['config']): BlobParameters[] {
  return Object.entries(config.blobSchedule)
    .map(([name, { target, max, baseFeeUpdateFraction }]) => ({
      time: BigInt(Number(config[`${name}Time`] ?? 0)),
      target: BigInt(target),
      max: BigInt(max),
      baseFeeUpdateFraction: BigInt(baseFeeUpdateFraction),
    }))
    .sort((a, b) => Number(a.time - b.time))
}
