import type { Engine } from '../../evm/engines/engine.js'
import { metisvmEngine } from '../../evm/engines/metisvm.js'
import { startPeers } from '../../evm/engines/peers.js'
import { classes, type Program } from '../../evm/program.js'
import { allPrograms } from '../../evm/programs/index.js'
import {
  fullEffort,
  gasPerCall,
  outcomeAt,
  quickEffort,
  sameOutcome,
  type Throughput,
  throughput,
} from '../../evm/throughput.js'
import { type BenchArea, type BenchRow, row } from '../../row.js'

/** Our engine as a node runs it, warm, against every peer and against our own interpreter, in Mgas of CPU second. */
export const warmPrograms: BenchArea = async ({ quick, log }) => {
  const programs = allPrograms(quick, log)
  const effort = quick ? quickEffort : fullEffort
  const ours = metisvmEngine('natural')
  const tier0 = metisvmEngine('tier0')
  const peers = await startPeers(['anvil', 'revm', 'geth', 'EDR', '@ethereumjs/evm'], log)
  const rows: BenchRow[] = []
  try {
    for (const program of programs) {
      const gas = await gasPerCall(program, tier0)
      log(`${program.name}, ${(gas / 1e6).toPrecision(3)} Mgas a call`)
      const loaded = await ours.load(program)
      const mine = await throughput(loaded, 'fast', program, gas, effort)
      for (const peer of [tier0, ...peers]) {
        if (gas > longestCall(peer, quick)) continue
        const theirs = await throughput(await peer.load(program), peer.pace, program, gas, effort).catch(
          (error: unknown) => log(`no row for ${peer.name} and ${program.name}: ${error}`),
        )
        if (!theirs) continue
        const same = sameOutcome(await outcomeAt(loaded, program, theirs.times), theirs.outcome)
        rows.push(against(program, mine, peer, theirs, same))
      }
    }
  } finally {
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  }
  return [...rows, geometricMean(rows, '@ethereumjs/evm', 30), geometricMean(rows, 'anvil', null)]
}

function longestCall(peer: Engine, quick: boolean): number {
  return Math.min(
    peer.longestCall ?? Number.POSITIVE_INFINITY,
    quick && peer.pace === 'slow' ? 20e6 : Number.POSITIVE_INFINITY,
  )
}

function against(
  program: Program,
  mine: Throughput,
  peer: Engine,
  theirs: Throughput,
  equal: boolean,
): BenchRow {
  const targets = classes[program.class]
  const target = peer.name === 'anvil' ? targets.anvil : peer.name === 'metisvm tier0' ? targets.tier0 : null
  return row({
    area: 'metisvm',
    name: program.name,
    class: program.class,
    unit: 'Mgas/s',
    ours: mine.mgas,
    peer: theirs.mgas,
    peerName: peer.name,
    equal,
    better: 'higher',
    target,
  })
}

/** Over all programs: one that is slow cannot hide behind one that is fast. */
function geometricMean(all: readonly BenchRow[], peerName: string, target: number | null): BenchRow {
  const rows = all.filter((r) => r.peerName === peerName)
  const ratio = Math.exp(rows.reduce((sum, r) => sum + Math.log(r.ratio ?? 1), 0) / rows.length)
  return {
    area: 'metisvm',
    name: 'geometric mean of all programs',
    class: 'all',
    unit: 'ratio',
    ours: ratio,
    peer: 1,
    peerName,
    ratio,
    equal: rows.every((r) => r.equal),
    target,
  }
}
