import { median } from '../measure.js'
import { drivenInput, type Outcome, outcomeOf } from './driver.js'
import type { Engine, Loaded, Runs } from './engines/engine.js'
import type { Program } from './program.js'

/** How long a measurement takes. */
export type Effort = {
  /** Gas of one run: as many calls of the program as it takes, at least one. */
  fastGas: number
  slowGas: number
  /** CPU milliseconds at most before what counts: until code is compiled and translated, and V8 has settled. */
  warmupMs: number
  /** CPU milliseconds for what counts, in so many runs. */
  budgetMs: number
  runs: [fewest: number, most: number]
}

export const fullEffort: Effort = {
  fastGas: 30e6,
  slowGas: 1e6,
  warmupMs: 1_500,
  budgetMs: 250,
  runs: [3, 15],
}
export const quickEffort: Effort = {
  fastGas: 15e6,
  slowGas: 0.5e6,
  warmupMs: 600,
  budgetMs: 150,
  runs: [2, 7],
}

/** Gas of one call of the program. */
export async function gasPerCall(program: Program, engine: Engine): Promise<number> {
  const { output } = await (await engine.load(program)).run(drivenInput(program, 1), 1)
  return Number(outcomeOf(output).gas)
}

export type Throughput = {
  mgas: number
  outcome: Outcome
  /** Calls in a run. */
  times: number
}

/**
 * Mgas of CPU second: the gas that the driver counted over the CPU time of a run, less those of a run without calls, so that neither
 * session set-up nor JSON-RPC counts. Medians.
 */
export async function throughput(
  loaded: Loaded,
  pace: Engine['pace'],
  program: Program,
  gas: number,
  effort: Effort,
): Promise<Throughput> {
  const times = Math.max(1, Math.ceil((pace === 'fast' ? effort.fastGas : effort.slowGas) / gas))
  const input = drivenInput(program, times)
  const full = (await warmUp(loaded, input, effort)) ?? (await sample(loaded, input, effort))
  const empty = await sample(loaded, drivenInput(program, 0), { ...effort, budgetMs: effort.budgetMs / 5 })
  const nanoseconds = Math.max(median(full.nanoseconds) - median(empty.nanoseconds), 1_000)
  const outcome = outcomeOf(full.output)
  return { mgas: (Number(outcome.gas) * 1e3) / nanoseconds, outcome, times }
}

/** What the program's calls return and cost, for comparison with a peer that ran them as often. */
export async function outcomeAt(loaded: Loaded, program: Program, times: number): Promise<Outcome> {
  return outcomeOf((await loaded.run(drivenInput(program, times), 1)).output)
}

export const sameOutcome = (a: Outcome, b: Outcome): boolean => a.gas === b.gas && a.digest === b.digest

/**
 * Until a few runs in a row gain nothing on the best before them, or time is up. An engine that compiles is given at least all of the
 * time, and up to five times as much until it has settled: large code takes V8 seconds. A run so long that what it takes to get warm does
 * not count in it is returned as the measurement.
 */
async function warmUp(loaded: Loaded, input: Uint8Array, effort: Effort): Promise<Runs | undefined> {
  const limit = effort.warmupMs * 1e6
  const { settled } = loaded
  const [fewest, most, plateau] = settled ? [limit, 5 * limit, 24] : [limit / 4, limit, 3]
  let best = Number.POSITIVE_INFINITY
  let spent = 0
  let since = 0
  for (;;) {
    const runs = await loaded.run(input, 1)
    const [nanoseconds] = runs.nanoseconds
    spent += nanoseconds!
    if (!settled && nanoseconds! > limit / 2) return runs
    since = nanoseconds! < best * 0.97 ? 0 : since + 1
    best = Math.min(best, nanoseconds!)
    const done = since >= plateau && (settled?.() ?? true)
    if (spent >= most || (spent >= fewest && done)) return undefined
  }
}

async function sample(
  loaded: Loaded,
  input: Uint8Array,
  { budgetMs, runs: [fewest, most] }: Effort,
): Promise<Runs> {
  const first = await loaded.run(input, 1)
  const each = Math.max(first.nanoseconds[0]!, 1e4)
  const runs = Math.min(most, Math.max(fewest, Math.floor((budgetMs * 1e6) / each)))
  return loaded.run(input, runs)
}
