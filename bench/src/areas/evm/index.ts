import { encodeFunctionData, hexToBytes } from 'viem'
import { measure } from '../../measure.js'
import { type BenchArea, type BenchRow, row } from '../../row.js'
import { compileSolidity } from '../../solidity.js'
import { anvilEngine } from './anvil.js'
import type { Engine, Outcome } from './engine.js'
import { ethereumjsEngine } from './ethereumjs.js'
import { metisvmEngine } from './metisvm.js'
import { programs } from './programs.js'

/**
 * Tier 0 against @ethereumjs/evm and anvil. Throughput in Mgas/s: the gas that the program measured inside itself over
 * the wall time of the call less that of an empty call, so that neither session set-up nor JSON-RPC counts.
 */
export const evm: BenchArea = async ({ quick, log }) => {
  const { abi, deployedBytecode } = compileSolidity('Workloads.sol', 'Workloads')
  const ours = metisvmEngine(hexToBytes(deployedBytecode))
  await using anvil = await anvilEngine(deployedBytecode)
  await using ethereumjs = await ethereumjsEngine(deployedBytecode)
  const rows: BenchRow[] = []
  for (const program of programs) {
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
          equal: mine.outcome.value === theirs.outcome.value && mine.outcome.gas === theirs.outcome.gas,
          better: 'higher',
        }),
      )
    }
  }
  return rows
}

async function throughput(
  engine: Engine,
  input: Uint8Array,
  empty: Uint8Array,
  repeats: number,
): Promise<{ mgas: number; outcome: Outcome }> {
  const base = await measure(() => engine.call(empty), { repeats })
  const full = await measure(() => engine.call(input), { repeats })
  const seconds = Math.max(full.ms - base.ms, 1e-3) / 1e3
  return { mgas: Number(full.result.gas - base.result.gas) / 1e6 / seconds, outcome: full.result }
}
