import { expect, it } from 'vitest'
import type { Sample } from './sample.js'
import { verdictOf } from './verdict.js'

const steady: Omit<Sample, 'seconds'> = {
  ...{
    blocks: 0,
    reads: 0,
    mapped: 0,
    arenas: 0,
    dirty: 0,
    waiting: 0,
    archived: 0,
    log: 0,
    images: 0,
    history: 0,
  },
  ...{ anonymous: 400e6, heap: 30e6, nodes: 40e6, versions: 200 },
}

/** Ten minutes, a sample a second, of which every tenth has the heap after a collection. */
function run(change: (seconds: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 600 }, (_, seconds) => {
    const sample = { ...steady, live: 12e6, ...change(seconds), seconds }
    if (seconds % 10 !== 0) delete (sample as Partial<Sample>).live
    return sample
  })
}

it('calls a heap flat that rises and falls between collections', () => {
  const samples = run((seconds) => ({ heap: 12e6 + ((seconds * 7919) % 61) * 1e6 }))
  expect(verdictOf(samples)).toMatchObject({ isFlat: true, curves: { live: { before: 12e6, after: 12e6 } } })
})

it.each(['anonymous', 'live', 'nodes', 'versions'] as const)(
  'finds %s that grow by a fifth in the last third',
  (name) => {
    const before = name === 'live' ? 12e6 : steady[name]
    const samples = run((seconds) => ({ [name]: before * (seconds < 400 ? 1 : 1.2) }))
    expect(verdictOf(samples).isFlat).toBe(false)
  },
)

it('finds a slow leak of the heap under its noise', () => {
  const samples = run((seconds) => ({
    heap: 12e6 + ((seconds * 7919) % 61) * 1e6,
    live: 12e6 * (1 + seconds / 1200),
  }))
  expect(verdictOf(samples).isFlat).toBe(false)
})
