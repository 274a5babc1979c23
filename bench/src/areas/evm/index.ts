import { metisvmEngine } from '../../evm/engines/metisvm.js'
import { startPeers } from '../../evm/engines/peers.js'
import { allPrograms } from '../../evm/programs/index.js'
import {
  fullEffort,
  gasPerCall,
  outcomeAt,
  quickEffort,
  sameOutcome,
  throughput,
} from '../../evm/throughput.js'
import { type BenchArea, type BenchRow, row } from '../../row.js'

/** The interpreter alone, on a few of the programs; `metisvm` has all of them with what the compiler makes of it. */
export const evm: BenchArea = async ({ quick, log }) => {
  const programs = allPrograms(quick, log).filter(({ basic }) => basic)
  const effort = quick ? quickEffort : fullEffort
  const ours = metisvmEngine('tier0')
  const peers = await startPeers(['anvil', '@ethereumjs/evm'], log)
  const rows: BenchRow[] = []
  try {
    for (const program of programs) {
      log(program.name)
      const gas = await gasPerCall(program, ours)
      const loaded = await ours.load(program)
      const mine = await throughput(loaded, ours.pace, program, gas, effort)
      for (const peer of peers) {
        const theirs = await throughput(await peer.load(program), peer.pace, program, gas, effort)
        rows.push(
          row({
            area: 'evm',
            name: program.name,
            class: program.class,
            unit: 'Mgas/s',
            ours: mine.mgas,
            peer: theirs.mgas,
            peerName: peer.name,
            equal: sameOutcome(await outcomeAt(loaded, program, theirs.times), theirs.outcome),
            better: 'higher',
          }),
        )
      }
    }
  } finally {
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  }
  return rows
}
