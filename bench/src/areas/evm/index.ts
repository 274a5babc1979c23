import { encodeFunctionData, hexToBytes } from 'viem'
import { type BenchArea, type BenchRow, row } from '../../row.js'
import { compileSolidity } from '../../solidity.js'
import { anvilEngine } from './anvil.js'
import { ethereumjsEngine } from './ethereumjs.js'
import { metisvmEngine } from './metisvm.js'
import { programs } from './programs.js'
import { sameOutcome, throughput } from './throughput.js'

/** The interpreter alone against @ethereumjs/evm and anvil, in Mgas/s. */
export const evm: BenchArea = async ({ quick, log }) => {
  const { abi, deployedBytecode } = compileSolidity('Workloads.sol', 'Workloads')
  const ours = metisvmEngine(hexToBytes(deployedBytecode), 'tier0')
  await using anvil = await anvilEngine(deployedBytecode)
  await using ethereumjs = await ethereumjsEngine(deployedBytecode)
  const rows: BenchRow[] = []
  for (const program of programs.filter(({ basic }) => basic)) {
    const input = (n: bigint): Uint8Array =>
      hexToBytes(encodeFunctionData({ abi, functionName: program.functionName, args: [n] }))
    for (const [peer, size] of [
      [anvil, quick ? program.quickSize : program.size],
      [ethereumjs, program.slowSize],
    ] as const) {
      log(`${program.name} against ${peer.name}`)
      const repeats = quick ? 5 : 11
      const mine = await throughput(ours, input(size), input(1n), repeats)
      const theirs = await throughput(peer, input(size), input(1n), repeats)
      rows.push(
        row({
          area: 'evm',
          name: program.name,
          class: program.class,
          unit: 'Mgas/s',
          ours: mine.mgas,
          peer: theirs.mgas,
          peerName: peer.name,
          equal: sameOutcome(mine.outcome, theirs.outcome),
          better: 'higher',
        }),
      )
    }
  }
  return rows
}
