import { type Block, type BlockEngine, type Replay, sameOutcomes } from '../../evm/block.js'
import { buildRevm } from '../../evm/engines/build.js'
import { metisvmBlocks } from '../../evm/engines/metisvmBlocks.js'
import { revmBlocks } from '../../evm/engines/revmBlocks.js'
import { coldBlocks } from '../../evm/programs/cold.js'
import { agreesWithHeader, mainnetBlocks } from '../../evm/programs/mainnet.js'
import { findSuite } from '../../evm/suites.js'
import { median } from '../../measure.js'
import { type BenchArea, type BenchRow, row } from '../../row.js'

/** Short transactions that nothing is known about, and real blocks, each on an engine that has nothing compiled. */
export const wholeBlocks: BenchArea = async ({ quick, log }) => {
  const ours = await metisvmBlocks('natural')
  const tier0 = await metisvmBlocks('tier0')
  const revm = await revmPeer(log)
  const engines = [ours, tier0, ...(revm ? [revm] : [])]
  try {
    const rows: BenchRow[] = []
    for (const engine of engines) await engine.restart()
    for (const kind of [0, 1, 2]) {
      // Codes that no turn has had before.
      const turns = Array.from({ length: quick ? 6 : 10 }, (_, turn) => [
        coldBlocks(1_000, turn * 10_000)[kind]!,
      ])
      log(turns[0]![0]!.name)
      rows.push(...coldRows(turns.at(-1)![0]!, await replays(engines, turns, false)))
    }
    const suite = findSuite('mainnet-blocks')
    if ('missing' in suite) log(`skipped: ${suite.missing}`)
    else {
      const blocks = mainnetBlocks(suite.path, quick ? 5 : 1)
      log(`${blocks.length} mainnet blocks`)
      const turns = Array.from({ length: quick ? 5 : 9 }, () => blocks)
      rows.push(...mainnetRows(blocks, await replays(engines, turns, true)))
    }
    return rows
  } finally {
    for (const engine of engines) await engine[Symbol.asyncDispose]()
  }
}

async function revmPeer(log: (line: string) => void): Promise<BlockEngine | undefined> {
  const built = await buildRevm()
  if ('path' in built) return revmBlocks(built.path)
  log(`no rows for ${built.missing}`)
  return undefined
}

type Measured = { name: string; nanoseconds: number; last: Replay }

/** Engines take turns, so that all see the same machine; medians, the first two turns not counted. */
async function replays(
  engines: readonly BlockEngine[],
  turns: readonly (readonly Block[])[],
  restart: boolean,
): Promise<Measured[]> {
  const warmup = 2
  const times = engines.map((): number[] => [])
  const last: Replay[] = []
  for (const [turn, blocks] of turns.entries()) {
    const order = [...engines.entries()]
    // Who comes first finds another machine than who comes last.
    for (const [i, engine] of turn % 2 === 0 ? order : order.reverse()) {
      if (restart) await engine.restart()
      last[i] = await engine.replay(blocks)
      if (turn >= warmup) times[i]!.push(last[i].nanoseconds)
    }
  }
  return engines.map(({ name }, i) => ({ name, nanoseconds: median(times[i]!), last: last[i]! }))
}

/** revm itself has no target: that is anvil's, in coldCalls.ts. */
const coldTargets: Record<string, number> = { 'metisvm tier0': 1 }

function coldRows(block: Block, [mine, ...peers]: Measured[]): BenchRow[] {
  const each = (run: Measured): number => run.nanoseconds / block.transactions.length / 1e3
  const outcomes = mine!.last.outcomes(0)
  const succeeded = outcomes.every(({ status }) => status === 'success')
  return peers.map((peer) =>
    row({
      area: 'metisvm',
      name: block.name,
      class: 'cold, short transactions',
      unit: 'µs',
      ours: each(mine!),
      peer: each(peer),
      peerName: peer.name,
      equal: succeeded && sameOutcomes(outcomes, peer.last.outcomes(0)),
      better: 'lower',
      target: coldTargets[peer.name] ?? null,
    }),
  )
}

const mainnetTargets: Record<string, number> = { 'metisvm tier0': 1.3, revm: 1 }

function mainnetRows(blocks: ReturnType<typeof mainnetBlocks>, [mine, ...peers]: Measured[]): BenchRow[] {
  const transactions = blocks.reduce((sum, block) => sum + block.transactions.length, 0)
  return peers.map((peer) =>
    row({
      area: 'metisvm',
      name: `${blocks.length} mainnet blocks, ${transactions.toLocaleString('en-US')} transactions`,
      class: 'replay of real mainnet blocks, sequential, incl. compile time',
      unit: 'ms',
      ours: mine!.nanoseconds / 1e6,
      peer: peer.nanoseconds / 1e6,
      peerName: peer.name,
      equal: blocks.every((block, i) => {
        const outcomes = mine!.last.outcomes(i)
        return agreesWithHeader(block, outcomes) && sameOutcomes(outcomes, peer.last.outcomes(i))
      }),
      better: 'lower',
      target: mainnetTargets[peer.name] ?? null,
    }),
  )
}
