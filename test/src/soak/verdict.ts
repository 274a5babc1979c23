import type { Sample } from './sample.js'

export type Verdict = {
  /** Of each curve: the median of the second third of the time and of the last one, in bytes. `live` is the heap after a collection. */
  curves: Record<'anonymous' | 'live' | 'nodes' | 'versions', { before: number; after: number }>
  isFlat: boolean
}

/** Growth up to which a curve counts as flat. */
const tolerance = 1.1

/** Whether memory stays as it is once all that is bounded has reached its bound, which takes a third of the time at most. */
export function verdictOf(samples: readonly Sample[]): Verdict {
  const third = Math.floor(samples.length / 3)
  const compare = (of: (sample: Sample) => number | undefined) => ({
    before: median(samples.slice(third, 2 * third).map(of)),
    after: median(samples.slice(2 * third).map(of)),
  })
  const curves = {
    anonymous: compare((sample) => sample.anonymous),
    live: compare((sample) => sample.live),
    nodes: compare((sample) => sample.nodes),
    versions: compare((sample) => sample.versions),
  }
  return { curves, isFlat: Object.values(curves).every(({ before, after }) => after <= before * tolerance) }
}

function median(values: (number | undefined)[]): number {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
