import { bytesToHex } from '@metis-stack/kernel'
import { coldTours } from '../../evm/programs/cold.js'
import { anvilTours, metisvmTours, type Tour, type TourEngine, type Toured } from '../../evm/tour.js'
import { median } from '../../measure.js'
import { type BenchArea, type BenchRow, row } from '../../row.js'

/** Turns before what counts; ours alone has some before these, so that it is an engine that has been in use. */
const warmup = 2
const usedBefore = 12

/** Calls of contracts that nothing has executed before, many in one request, against anvil. */
export const coldCalls: BenchArea = async ({ quick, log }) => {
  await using ours = await metisvmTours()
  await using anvil = await anvilTours()
  const times = new Map<string, { mine: number[]; theirs: number[]; equal: boolean; calls: number }>()
  for (let turn = 0; turn < usedBefore; turn++) {
    for (const tour of coldTours(1_000_000 + turn * 10_000)) await run(ours, tour)
  }
  for (let turn = 0; turn < warmup + (quick ? 3 : 7); turn++) {
    // Codes that no turn has had before.
    for (const tour of coldTours(turn * 10_000)) {
      if (turn === 0) log(tour.name)
      const one = times.get(tour.name) ?? { mine: [], theirs: [], equal: true, calls: tour.targets.length }
      times.set(tour.name, one)
      const [mine, theirs] = [await run(ours, tour), await run(anvil, tour)]
      one.equal &&= bytesToHex(mine.output) === bytesToHex(theirs.output)
      if (turn < warmup) continue
      one.mine.push(mine.nanoseconds)
      one.theirs.push(theirs.nanoseconds)
    }
  }
  return [...times].map(([name, { mine, theirs, equal, calls }]): BenchRow => {
    const each = (nanoseconds: number[]): number => median(nanoseconds) / calls / 1e3
    return row({
      area: 'metisvm',
      name,
      class: 'cold, short transactions',
      unit: 'µs',
      ours: each(mine),
      peer: each(theirs),
      peerName: anvil.name,
      equal,
      better: 'lower',
      target: 0.9,
    })
  })
}

/** @throws when a call failed: gas and digest alone would not tell. */
async function run(engine: TourEngine, tour: Tour): Promise<Toured> {
  const toured = await engine.run(tour)
  const successes = BigInt(bytesToHex(toured.output.subarray(32, 64)))
  if (successes !== BigInt(tour.targets.length))
    throw new Error(`${engine.name}: ${tour.name}: a call failed`)
  return toured
}
