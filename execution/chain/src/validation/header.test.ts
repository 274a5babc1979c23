import type { Fork } from '@metis-stack/metisvm'
import { describe, expect, it } from 'vitest'
import { emptyBloom } from '../codec/bloom.js'
import type { ChainConfig } from '../config/config.js'
import { ethereumMainnet } from '../config/ethereum.js'
import type { Header } from '../types/block.js'
import {
  emptyRequestsHash,
  emptyRoot,
  emptyUnclesHash,
  zeroAddress,
  zeroHash,
  zeroNonce,
} from './constants.js'
import { nextDifficulty } from './difficulty.js'
import { validateHeader } from './header.js'

const { blobSchedule: _, ...ethereum } = ethereumMainnet
const l2: ChainConfig = { ...ethereum, kind: 'l2' }

const parent: Header = {
  parentHash: zeroHash,
  sha3Uncles: emptyUnclesHash,
  miner: zeroAddress,
  stateRoot: emptyRoot,
  transactionsRoot: emptyRoot,
  receiptsRoot: emptyRoot,
  logsBloom: emptyBloom,
  difficulty: 0n,
  number: 9n,
  gasLimit: 30_000_000n,
  gasUsed: 15_000_000n,
  timestamp: 1_000n,
  extraData: '0x',
  mixHash: zeroHash,
  nonce: zeroNonce,
  baseFeePerGas: 1_000_000_000n,
  withdrawalsRoot: emptyRoot,
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: zeroHash,
  requestsHash: emptyRequestsHash,
}
const child: Header = { ...parent, number: 10n, timestamp: 1_001n }

function codeOf(change: Partial<Header>, config: ChainConfig = ethereum, fork: Fork = 'osaka') {
  try {
    validateHeader(config, fork, { ...child, ...change }, parent)
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('header rules', () => {
  it('accept a header that follows from its parent', () => {
    expect(codeOf({})).toBeUndefined()
    expect(codeOf({}, l2)).toBeUndefined()
  })

  const cases: [string, Partial<Header>, string][] = [
    ['a gap in numbers', { number: 11n }, 'number'],
    ['the time of the parent', { timestamp: 1_000n }, 'timestamp'],
    ['more gas used than allowed', { gasUsed: 30_000_001n }, 'gasUsed'],
    ['a gas limit that jumps', { gasLimit: 30_029_296n }, 'gasLimit'],
    ['a gas limit below the minimum', { gasLimit: 4_999n, gasUsed: 0n }, 'gasLimit'],
    ['a gas limit above 63 bits', { gasLimit: 2n ** 63n }, 'gasLimit'],
    ['33 bytes of extra data', { extraData: `0x${'00'.repeat(33)}` }, 'extraData'],
    ['a difficulty after Paris', { difficulty: 1n }, 'difficulty'],
    ['a nonce after Paris', { nonce: '0x0000000000000001' }, 'nonce'],
    ['uncles after Paris', { sha3Uncles: zeroHash }, 'uncles'],
    ['another base fee', { baseFeePerGas: 1_000_000_001n }, 'baseFee'],
    ['no base fee', { baseFeePerGas: undefined }, 'missingField'],
    ['no withdrawals root', { withdrawalsRoot: undefined }, 'missingField'],
    ['no blob gas', { blobGasUsed: undefined }, 'missingField'],
    ['blob gas that is no whole blob', { blobGasUsed: 1n }, 'blobGas'],
    ['too many blobs', { blobGasUsed: 10n * 131_072n }, 'blobGas'],
    ['another excess of blob gas', { excessBlobGas: 1n }, 'blobGas'],
    ['no beacon root', { parentBeaconBlockRoot: undefined }, 'missingField'],
    ['no requests hash', { requestsHash: undefined }, 'missingField'],
  ]

  it.each(cases)('refuse %s', (_, change, code) => {
    expect(codeOf(change)).toBe(code)
  })

  it('refuse fields before their fork', () => {
    expect(codeOf({}, ethereum, 'prague')).toBeUndefined()
    expect(codeOf({}, ethereum, 'cancun')).toBe('unexpectedField')
    expect(codeOf({ requestsHash: undefined }, ethereum, 'shanghai')).toBe('unexpectedField')
    expect(codeOf({}, ethereum, 'paris')).toBe('unexpectedField')
  })

  it('let an L2 repeat timestamps and set its gas limit, but carry no blobs, withdrawals or requests', () => {
    expect(codeOf({ timestamp: 1_000n, gasLimit: 200_000_000n }, l2)).toBeUndefined()
    expect(codeOf({ timestamp: 999n }, l2)).toBe('timestamp')
    expect(codeOf({ blobGasUsed: 131_072n }, l2)).toBe('blobGas')
    expect(codeOf({ withdrawalsRoot: zeroHash }, l2)).toBe('withdrawalsRoot')
    expect(codeOf({ requestsHash: zeroHash }, l2)).toBe('requestsHash')
  })
})

describe('difficulty', () => {
  /** Ethereum's genesis and block 1. */
  it('follows Frontier: up when fast, down when slow', () => {
    const at = (timestamp: bigint) => ({
      difficulty: 17_179_869_184n,
      timestamp,
      sha3Uncles: emptyUnclesHash,
    })
    const next = (elapsed: bigint) =>
      nextDifficulty(
        ethereum,
        'frontier',
        { number: 1n, timestamp: 1_438_269_988n },
        at(1_438_269_988n - elapsed),
      )
    expect(next(1_438_269_988n)).toBe(17_171_480_576n)
    expect(next(5n)).toBe(17_188_257_792n)
  })

  it('rises with the uncles of the parent from Byzantium on', () => {
    const base = { difficulty: 1_000_000_000n, timestamp: 100n }
    const header = { number: 4_500_001n, timestamp: 110n }
    const without = nextDifficulty(ethereum, 'byzantium', header, { ...base, sha3Uncles: emptyUnclesHash })
    const withUncle = nextDifficulty(ethereum, 'byzantium', header, { ...base, sha3Uncles: zeroHash })
    expect(withUncle - without).toBe(1_000_000_000n / 2048n)
  })
})
