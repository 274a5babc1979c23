import { type ChainConfig, ethereumMainnet, forkAt, type Header, nextDifficulty } from '@metis-stack/chain'
import { type CaseResult, failed, passed, skipped } from '../../cases.js'
import { bigintOf } from '../../hex.js'

type DifficultyFixture = {
  parentTimestamp: string
  parentDifficulty: string
  parentUncles?: Header['sha3Uncles']
  currentTimestamp: string
  currentBlockNumber: string
  currentDifficulty: string
}

const noUncles = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'

/** The fixtures' timestamps lie far behind the forks by time: only those by block number count. */
const mainnet: ChainConfig = {
  ...ethereumMainnet,
  forks: ethereumMainnet.forks.filter(({ block }) => block !== undefined),
}

const homestead: ChainConfig = {
  ...ethereumMainnet,
  forks: [{ fork: 'homestead', block: 0n }],
  bombDelays: [],
}

const ropsten: ChainConfig = {
  ...ethereumMainnet,
  forks: [
    { fork: 'homestead', block: 0n },
    { fork: 'byzantium', block: 1_700_000n },
    { fork: 'constantinople', block: 4_230_000n },
  ],
  bombDelays: [
    { block: 1_700_000n, delay: 3_000_000n },
    { block: 4_230_000n, delay: 5_000_000n },
  ],
}

/** Less than this no block of proof of work can have. */
const minimumDifficulty = 131_072n

/** DifficultyTests: the difficulty that follows from a parent, far into the ice age. */
export function checkDifficulty(unit: string, name: string, fixture: unknown): CaseResult[] {
  const test = fixture as DifficultyFixture
  if (bigintOf(test.parentDifficulty) < minimumDifficulty)
    return [
      skipped(
        name,
        'the parent has less than the minimum difficulty: there is no such block (geth leaves these out too)',
      ),
    ]
  const config = configOf(unit)
  const header = { number: bigintOf(test.currentBlockNumber), timestamp: bigintOf(test.currentTimestamp) }
  const computed = nextDifficulty(config, forkAt(config, header), header, {
    difficulty: bigintOf(test.parentDifficulty),
    timestamp: bigintOf(test.parentTimestamp),
    sha3Uncles: test.parentUncles ?? noUncles,
  })
  const expected = bigintOf(test.currentDifficulty)
  return [
    computed === expected ? passed(name) : failed(name, `difficulty ${computed} instead of ${expected}`),
  ]
}

function configOf(unit: string): ChainConfig {
  if (unit.includes('Homestead')) return homestead
  return unit.includes('Ropsten') ? ropsten : mainnet
}
