import type { Hex } from '@metis-stack/chain'
import { encodeAbiParameters, encodePacked, pad } from 'viem'
import { getSourceHash } from 'viem/op-stack'
import { describe, expect, it } from 'vitest'
import type { L1Block } from '../l1/block.js'
import { payloadAttributes } from './attributes.js'
import { type DepositLog, deriveDeposit, transactionDepositedTopic } from './deposits.js'
import { decodeOrigin, encodeOrigin } from './origin.js'
import { chooseOrigin } from './schedule.js'
import { userDepositSourceHash } from './sourceHash.js'

const hash = (byte: string): Hex => `0x${byte.repeat(32)}`
const alice: Hex = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266'
const bob: Hex = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'

function depositLog(overrides: { payload?: Hex; version?: bigint; to?: Hex } = {}): DepositLog {
  const payload =
    overrides.payload ??
    encodePacked(['uint256', 'uint256', 'uint64', 'bool', 'bytes'], [5n, 3n, 100_000n, false, '0xabcd'])
  return {
    blockHash: hash('11'),
    logIndex: 4,
    topics: [
      transactionDepositedTopic,
      pad(alice),
      pad(overrides.to ?? bob),
      encodeAbiParameters([{ type: 'uint256' }], [overrides.version ?? 0n]),
    ],
    data: encodeAbiParameters([{ type: 'bytes' }], [payload]),
  }
}

const l1Block = (overrides: Partial<L1Block> = {}): L1Block => ({
  number: 8n,
  hash: hash('88'),
  parentHash: hash('77'),
  timestamp: 1_000n,
  baseFee: 7n,
  prevRandao: hash('99'),
  deposits: [deriveDeposit(depositLog())],
  ...overrides,
})
const parent = {
  timestamp: 999n,
  mixHash: hash('55'),
  origin: { number: 7n, hash: hash('77'), timestamp: 998n },
}

describe('L1 origin', () => {
  it('is the same after encoding and decoding', () => {
    const origin = { number: 12_345n, hash: hash('ab'), timestamp: 1_800_000_000n }
    expect(decodeOrigin(encodeOrigin(origin))).toEqual(origin)
  })

  it('of another length is refused', () => {
    expect(() => decodeOrigin('0x00')).toThrow('48 bytes')
  })
})

describe('source hash', () => {
  it('equals what viem computes for the same event', () => {
    for (const logIndex of [0, 1, 255, 70_000])
      expect(userDepositSourceHash(hash('11'), BigInt(logIndex))).toBe(
        getSourceHash({ domain: 'userDeposit', l1BlockHash: hash('11'), l1LogIndex: logIndex }),
      )
  })
})

describe('deposit derivation', () => {
  it('takes every field from the event', () => {
    expect(deriveDeposit(depositLog())).toMatchObject({
      type: 0x7e,
      from: alice,
      to: bob,
      mint: 5n,
      value: 3n,
      gas: 100_000n,
      data: '0xabcd',
      isSystemTransaction: false,
    })
  })

  it('creates a contract when the event says so', () => {
    const payload = encodePacked(['uint256', 'uint256', 'uint64', 'bool'], [0n, 0n, 90_000n, true])
    expect(deriveDeposit(depositLog({ payload, to: `0x${'00'.repeat(20)}` }))).toMatchObject({
      to: undefined,
      data: '0x',
    })
  })

  it('differs between two equal events of one block', () => {
    const first = deriveDeposit(depositLog())
    const second = deriveDeposit({ ...depositLog(), logIndex: 5 })
    expect(first.hash).not.toBe(second.hash)
  })

  it('refuses payloads that the portal cannot write', () => {
    const flag = encodePacked(['uint256', 'uint256', 'uint64', 'uint8'], [0n, 0n, 1n, 2])
    for (const log of [
      depositLog({ payload: '0x00' }),
      depositLog({ version: 1n }),
      depositLog({ payload: flag }),
    ])
      expect(() => deriveDeposit(log)).toThrowError(expect.objectContaining({ code: 'malformedDeposit' }))
    expect(() => deriveDeposit({ ...depositLog(), data: '0x12' })).toThrow('no ABI-encoded bytes')
  })
})

describe('payload attributes', () => {
  it('begin with the L1 attributes and then the deposits when the origin advances', () => {
    const attributes = payloadAttributes(parent, l1Block(), 1_000n)
    expect(attributes.deposits).toHaveLength(2)
    expect(attributes.deposits?.[0]).toMatchObject({
      from: '0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001',
      to: '0x4200000000000000000000000000000000000015',
    })
    expect(attributes.prevRandao).toBe(hash('99'))
    expect(decodeOrigin(attributes.l1Origin!)).toEqual({ number: 8n, hash: hash('88'), timestamp: 1_000n })
  })

  it('have no deposits and keep the randomness while the origin stays', () => {
    const attributes = payloadAttributes(parent, undefined, 999n)
    expect(attributes).toMatchObject({ deposits: [], prevRandao: hash('55'), timestamp: 999n })
    expect(decodeOrigin(attributes.l1Origin!)).toEqual(parent.origin)
  })

  it('are the same for the same inputs', () => {
    expect(payloadAttributes(parent, l1Block(), 1_000n)).toEqual(payloadAttributes(parent, l1Block(), 1_000n))
  })

  it('refuse time that goes back, time before L1, gaps and another branch of L1', () => {
    expect(() => payloadAttributes(parent, undefined, 998n)).toThrow("before the parent's")
    expect(() => payloadAttributes(parent, l1Block(), 999n)).toThrow("before the L1 origin's")
    expect(() => payloadAttributes(parent, l1Block({ number: 9n }), 1_000n)).toThrow('not next after')
    expect(() => payloadAttributes(parent, l1Block({ parentHash: hash('66') }), 1_000n)).toThrowError(
      expect.objectContaining({ code: 'l1Reorg' }),
    )
  })
})

describe('choice of the origin', () => {
  it('advances as soon as there is a next block, following an L1 clock that is ahead', () => {
    expect(chooseOrigin(parent, l1Block({ timestamp: 5_000n }), 1_001n, 600n)).toMatchObject({
      timestamp: 5_000n,
    })
    expect(chooseOrigin(parent, l1Block(), 1_001n, 600n)).toMatchObject({ timestamp: 1_001n })
  })

  it('never goes back in time when the wall clock does', () => {
    expect(chooseOrigin(parent, undefined, 5n, 600n).timestamp).toBe(999n)
  })

  it('stops when L1 has been silent for longer than the drift', () => {
    expect(chooseOrigin(parent, undefined, 1_598n, 600n).timestamp).toBe(1_598n)
    expect(() => chooseOrigin(parent, undefined, 1_599n, 600n)).toThrowError(
      expect.objectContaining({ code: 'driftExceeded' }),
    )
  })
})
