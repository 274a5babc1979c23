/** One line of the table: what we measured, what the peer did in the same run, and whether both got the same result. */
export type BenchRow = {
  area: string
  name: string
  /** Rows of one class share a target, e.g. `256-bit arithmetic`. */
  class: string
  unit: string
  ours: number
  /** `null` when there is nothing to compare with. */
  peer: number | null
  peerName: string | null
  /** > 1: we are faster or smaller. `null` without a peer. */
  ratio: number | null
  /** Both computed the same result. Without a peer: our result is the expected one. */
  equal: boolean
  /** The ratio to reach; `null` when none is set. */
  target: number | null
}

export type BenchContext = {
  /** Fewer repetitions and smaller inputs: minutes become seconds, the figures noisier. */
  quick: boolean
  /** What takes an hour too: ten million accounts. */
  large: boolean
  /** Progress, one line. Goes to stderr so that stdout stays the table. */
  log(line: string): void
}

/** A benchmark area: measures, checks and returns its rows. */
export type BenchArea = (context: BenchContext) => Promise<BenchRow[]>

/**
 * Completes a row. `better` says which direction wins: `higher` for throughput, `lower` for time and size.
 */
export function row(
  fields: Omit<BenchRow, 'ratio' | 'target' | 'peer' | 'peerName'> &
    Partial<Pick<BenchRow, 'target' | 'peer' | 'peerName'>> & { better: 'higher' | 'lower' },
): BenchRow {
  const { better, peer = null, peerName = null, target = null, ...rest } = fields
  const ratio = peer === null ? null : better === 'higher' ? rest.ours / peer : peer / rest.ours
  return { ...rest, peer, peerName, ratio, target }
}
