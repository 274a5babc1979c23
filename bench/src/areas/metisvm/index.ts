import { encodeFunctionData, hexToBytes } from 'viem'
import { type BenchArea, type BenchRow, row } from '../../row.js'
import { compileSolidity } from '../../solidity.js'
import { anvilEngine } from '../evm/anvil.js'
import type { Engine } from '../evm/engine.js'
import { ethereumjsEngine } from '../evm/ethereumjs.js'
import { metisvmEngine } from '../evm/metisvm.js'
import { programs } from '../evm/programs.js'
import { sameOutcome, throughput } from '../evm/throughput.js'

/** Compiled code, warm, against anvil's revm, our own interpreter and @ethereumjs/evm, in Mgas/s. */
export const metisvm: BenchArea = async ({ quick, log }) => {
  const { abi, deployedBytecode } = compileSolidity('Workloads.sol', 'Workloads')
  const code = hexToBytes(deployedBytecode)
  const compiled = metisvmEngine(code, 'compiled')
  const tier0 = metisvmEngine(code, 'tier0')
  await using anvil = await anvilEngine(deployedBytecode)
  await using ethereumjs = await ethereumjsEngine(deployedBytecode)
  const rows: BenchRow[] = []
  const repeats = quick ? 5 : 11
  for (const program of programs) {
    const input = (n: bigint): Uint8Array =>
      hexToBytes(encodeFunctionData({ abi, functionName: program.functionName, args: [n] }))
    const size = quick ? program.quickSize : program.size
    const against = async (peer: Engine, n: bigint, target: number | null): Promise<BenchRow> => {
      log(`${program.name} against ${peer.name}`)
      const mine = await throughput(compiled, input(n), input(1n), repeats)
      const theirs = await throughput(peer, input(n), input(1n), repeats)
      return row({
        area: 'metisvm',
        name: program.name,
        class: program.class,
        unit: 'Mgas/s',
        ours: mine.mgas,
        peer: theirs.mgas,
        peerName: peer.name,
        equal: sameOutcome(mine.outcome, theirs.outcome),
        better: 'higher',
        target,
      })
    }
    rows.push(await against(anvil, size, program.targets.anvil))
    rows.push(await against(tier0, size, program.targets.tier0))
    rows.push(await against(ethereumjs, program.slowSize, null))
  }
  return [...rows, geometricMean(rows.filter(({ peerName }) => peerName === '@ethereumjs/evm'))]
}

/** Over all programs: one that is slow cannot hide behind one that is fast. */
function geometricMean(rows: readonly BenchRow[]): BenchRow {
  const ratio = Math.exp(rows.reduce((sum, r) => sum + Math.log(r.ratio ?? 1), 0) / rows.length)
  return {
    area: 'metisvm',
    name: 'geometric mean of all programs',
    class: 'all',
    unit: 'ratio',
    ours: ratio,
    peer: 1,
    peerName: '@ethereumjs/evm',
    ratio,
    equal: rows.every((r) => r.equal),
    target: 30,
  }
}
