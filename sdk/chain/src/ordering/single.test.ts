import type { Block, Chain, Hex, PayloadAttributes } from '@metis-stack/chain'
import { depositTransaction } from '@metis-stack/chain'
import { encodeOrigin, type L1Block, type L1Origin, type L1Source } from '@metis-stack/rollup'
import { describe, expect, it } from 'vitest'
import type { Ordering } from './interface.js'
import { singleSequencer } from './single.js'

const hash = (byte: string): Hex => `0x${byte.repeat(32)}`
const genesisOrigin: L1Origin = { number: 7n, hash: hash('07'), timestamp: 100n }
const next: L1Block = {
  number: 8n,
  hash: hash('08'),
  parentHash: hash('07'),
  timestamp: 102n,
  baseFee: 1n,
  prevRandao: hash('99'),
  deposits: [],
}
const head = {
  hash: hash('aa'),
  header: { number: 3n, timestamp: 101n, mixHash: hash('55') },
} as Block

/** The chain and L1 as the sequencer sees them; `produce` decides what building does. */
function sequencer(
  produce: (attributes: PayloadAttributes, chain: { head: Block }) => Promise<Block>,
  l1Next: L1Block | undefined = next,
): { ordering: Ordering; reports: unknown[] } {
  const reports: unknown[] = []
  const chain = {
    head,
    blockByHash: (wanted: Hex) => (wanted === head.hash ? head : undefined),
    l1Origin: () => undefined,
    produce: (attributes: PayloadAttributes) => produce(attributes, chain),
  }
  const ordering = singleSequencer({ maxDriftSeconds: 600, now: () => 103_000 })({
    chain: chain as unknown as Chain,
    l1: { next: () => l1Next } as unknown as L1Source,
    genesisOrigin,
    blockTimeMs: 1_000,
    report: (error) => reports.push(error),
  })
  return { ordering, reports }
}

const idle = () => Promise.resolve(head)

describe('single sequencer', () => {
  it('accepts its own proposals', () => {
    const { ordering } = sequencer(idle)
    const payload = ordering.propose(head)
    expect(payload).toMatchObject({ parent: head.hash, number: 4n })
    expect(payload.attributes.l1Origin).toBe(encodeOrigin(next))
    expect(ordering.validate(payload)).toEqual({ accept: true })
  })

  it('refuses a payload with a deposit that L1 does not have, or without one that it has', () => {
    const { ordering } = sequencer(idle)
    const payload = ordering.propose(head)
    const invented = depositTransaction({
      sourceHash: hash('01'),
      from: `0x${'11'.repeat(20)}`,
      to: `0x${'22'.repeat(20)}`,
      mint: 1n,
      value: 1n,
      gas: 21_000n,
      isSystemTransaction: false,
      data: '0x',
    })
    const { attributes } = payload
    for (const deposits of [[...attributes.deposits!, invented], [], undefined])
      expect(ordering.validate({ ...payload, attributes: { ...attributes, deposits } })).toEqual({
        accept: false,
        reason: 'the deposits are not those of the L1 origin',
      })
  })

  it('refuses another origin, randomness, time, number or parent', () => {
    const { ordering } = sequencer(idle)
    const payload = ordering.propose(head)
    const { attributes } = payload
    const other = encodeOrigin({ ...next, hash: hash('ee') })
    const bad = [
      { ...payload, parent: hash('bb') },
      { ...payload, number: 5n },
      { ...payload, attributes: { ...attributes, l1Origin: other } },
      { ...payload, attributes: { ...attributes, l1Origin: '0x00' as Hex } },
      { ...payload, attributes: { ...attributes, l1Origin: undefined } },
      { ...payload, attributes: { ...attributes, prevRandao: hash('00') } },
      { ...payload, attributes: { ...attributes, timestamp: 100n } },
    ]
    for (const one of bad) expect(ordering.validate(one).accept).toBe(false)
  })

  it('builds without the pool, and says so, when a pool transaction breaks the builder', async () => {
    const tried: (boolean | undefined)[] = []
    const { ordering, reports } = sequencer((attributes) => {
      tried.push(attributes.noTxPool)
      return attributes.noTxPool ? Promise.resolve(head) : Promise.reject(new Error('the compiler fell over'))
    })
    await ordering.decided(ordering.propose(head))
    expect(tried).toEqual([undefined, true])
    expect(reports).toHaveLength(1)
  })

  it('never repeats the deposits of a block that became the head before building failed', async () => {
    let built = 0
    const { ordering } = sequencer((_, chain) => {
      built++
      chain.head = { ...head, hash: hash('cc') }
      return Promise.reject(new Error('a listener fell over'))
    })
    const payload = ordering.propose(head)
    await expect(ordering.decided(payload)).rejects.toThrow('a listener')
    await expect(ordering.decided(payload)).rejects.toThrow('not the head any more')
    expect(built).toBe(1)
  })
})
