import type { Block, Chain } from '@metis-stack/chain'
import { describe, expect, it } from 'vitest'
import type { Ordering } from '../ordering/interface.js'
import { SealingLoop } from './loop.js'

const block = { hash: '0x01' } as Block
const chain = { head: block } as Chain
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function ordering(decided: () => Promise<Block>): Ordering {
  return {
    name: 'test',
    propose: () => ({ parent: '0x01', number: 1n, attributes: { timestamp: 0n, prevRandao: '0x' } }),
    validate: () => ({ accept: true }),
    decided,
  }
}

describe('sealing loop', () => {
  it('keeps to its grid when single blocks are slow', async () => {
    let blocks = 0
    const slow = ordering(async () => {
      if (++blocks % 4 === 0) await wait(30)
      return block
    })
    await using loop = new SealingLoop({ blockTimeMs: 20 }, { chain, ordering: slow })
    const began = performance.now()
    loop.start()
    await wait(1_010)
    await loop.stop()
    const slots = (performance.now() - began) / 20
    const { sealed, missedSlots, failed } = loop.counters
    expect(failed).toBe(0)
    expect(sealed + missedSlots).toBeGreaterThan(slots - 5)
    expect(sealed + missedSlots).toBeLessThan(slots + 1)
  })

  it('reports a slot without a block and goes on', async () => {
    let calls = 0
    const errors: unknown[] = []
    const flaky = ordering(() =>
      ++calls === 1 ? Promise.reject(new Error('L1 is silent')) : Promise.resolve(block),
    )
    await using loop = new SealingLoop(
      { blockTimeMs: 10, onError: (error) => errors.push(error) },
      { chain, ordering: flaky },
    )
    loop.start()
    await wait(100)
    await loop.stop()
    expect(errors).toHaveLength(1)
    expect(loop.counters.sealed).toBeGreaterThan(2)
    expect(loop.lastError).toBeUndefined()
  })

  it('lets the block under way finish when it is stopped', async () => {
    let finished = 0
    const slow = ordering(async () => {
      await wait(50)
      finished++
      return block
    })
    const loop = new SealingLoop({ blockTimeMs: 10 }, { chain, ordering: slow })
    loop.start()
    await wait(25)
    await loop.stop()
    expect(finished).toBe(1)
    await loop.stop()
  })
})
