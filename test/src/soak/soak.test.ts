import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { chartOf } from './chart.js'
import { soak } from './soak.js'

it('writes, reads kept and archived states, checkpoints and prunes at the same time, with no wrong value', async () => {
  const path = mkdtempSync(join(tmpdir(), 'metis-soak-'))
  // Views hold their states until they are collected, which takes longer than this test.
  setFlagsFromString('--expose_gc')
  const collecting = setInterval(runInNewContext('gc') as () => void, 500)
  try {
    const { samples, checkpoints, pruned } = await soak({
      path,
      seconds: 10,
      load: { accounts: 5000, changes: 40 },
      blocksPerSecond: 30,
      readers: 2,
      keepBlocks: 16,
      keepHistory: 4,
      pruneSeconds: 2,
      sampleSeconds: 0.5,
      samplesPerCollection: 4,
      checkpointBytes: 100_000,
    })
    const last = samples.at(-1)!
    expect(samples.filter(({ live }) => live !== undefined).length).toBeGreaterThan(2)
    expect(last.blocks).toBeGreaterThan(20)
    expect(last.reads).toBeGreaterThan(0)
    expect(checkpoints).toBeGreaterThan(0)
    expect(pruned).toBeGreaterThan(0)
    expect(chartOf(samples, 'test')).toContain('<polyline')
  } finally {
    clearInterval(collecting)
    rmSync(path, { recursive: true, force: true })
  }
}, 60_000)
