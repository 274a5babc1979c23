import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chartOf } from './chart.js'
import type { Sample } from './sample.js'
import { soak } from './soak.js'
import { verdictOf } from './verdict.js'

const string = { type: 'string' } as const
const { values } = parseArgs({ options: { minutes: string, picture: string, samples: string } })
const minutes = Number(values.minutes ?? 30)
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`

const path = mkdtempSync(join(tmpdir(), 'metis-soak-'))
let told = Number.NEGATIVE_INFINITY
let live = 0
const onSample = (sample: Sample): void => {
  live = sample.live ?? live
  if (sample.seconds - told < 30) return
  told = sample.seconds
  console.log(
    `${(sample.seconds / 60).toFixed(1)} min: ${sample.blocks} blocks, ${sample.reads} reads, ` +
      `memory ${mib(sample.anonymous)} + ${mib(sample.mapped)} mapped, heap ${mib(sample.heap)} (${mib(live)} live), nodes ${mib(sample.nodes)}, ` +
      `disk ${mib(sample.images + sample.log + sample.history)}, ${sample.archived} states archived`,
  )
}
try {
  const { samples, checkpoints, pruned, proofs } = await soak({
    path,
    seconds: minutes * 60,
    load: { accounts: 100_000, changes: 50 },
    blocksPerSecond: 10,
    readers: 4,
    keepBlocks: 128,
    keepHistory: 500,
    pruneSeconds: 30,
    sampleSeconds: Math.max(1, minutes / 10),
    samplesPerCollection: 10,
    checkpointBytes: 8 * 2 ** 20,
    onSample,
  })
  const { curves, isFlat } = verdictOf(samples)
  const { blocks, reads } = samples.at(-1)!
  console.log(
    `${blocks} blocks, ${reads} reads and ${proofs} proofs at old blocks, ${checkpoints} checkpoints, ${pruned} archived states pruned; no wrong value`,
  )
  for (const [name, { before, after }] of Object.entries(curves)) {
    const show = name === 'versions' ? String : mib
    console.log(`${name}: ${show(before)} in the second third, ${show(after)} in the last`)
  }
  console.log(isFlat ? 'flat' : 'NOT flat: something grows by more than a tenth')
  const title = `MetisDB, ${minutes} minutes: a writer (10 blocks a second), four readers, checkpoints, pruning`
  if (values.picture) writeFileSync(resolve(values.picture), chartOf(samples, title))
  if (values.samples) writeFileSync(resolve(values.samples), JSON.stringify(samples))
  process.exitCode = isFlat ? 0 : 1
} finally {
  rmSync(path, { recursive: true, force: true })
}
