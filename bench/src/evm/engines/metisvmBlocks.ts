import { bytesToHex } from '@metis-stack/kernel'
import {
  createEvm,
  type Evm,
  type EvmOptions,
  type ExecutionResult,
  type StateReader,
} from '@metis-stack/metisvm'
import type { Block, BlockEngine, TransactionOutcome } from '../block.js'
import { ownCpu } from '../cpu.js'
import { collectYoung } from '../garbage.js'
import { usedBefore } from '../programs/cold.js'
import { BenchStates } from '../states.js'

/**
 * Our engine in one of its modes on MetisDB, executing blocks as a node does: one session each, with all changes at its end. What the
 * blocks make it compile, on whatever thread, counts.
 */
export async function metisvmBlocks(mode: NonNullable<EvmOptions['mode']>): Promise<BlockEngine> {
  const states = await BenchStates.open()
  let evm = createEvm({ mode })
  /** Until nothing is being compiled any more. Compiled code is taken over when the event loop comes to it. */
  const settle = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; evm.tiers.waiting > 0 && i < 1_000; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return {
    name: mode === 'tier0' ? 'metisvm tier0' : 'metisvm',
    async restart() {
      evm = createEvm({ mode })
      // In use: its memory is there (the peers' allocators keep theirs), and V8 knows its instances.
      for (const block of usedBefore()) {
        const head = await states.with(block.accounts)
        for (let i = 0; i < 3; i++) execute(evm, block, head)
      }
      await settle()
    },
    async replay(blocks) {
      const results: ExecutionResult[][] = []
      let nanoseconds = 0
      for (const block of blocks) {
        const head = await states.with(block.accounts)
        collectYoung()
        const before = ownCpu()
        results.push(execute(evm, block, head))
        await settle()
        nanoseconds += ownCpu() - before
      }
      return { nanoseconds, outcomes: (block) => results[block]!.map(outcomeOf) }
    },
    [Symbol.asyncDispose]: () => states[Symbol.asyncDispose](),
  }
}

function execute(evm: Evm, block: Block, reader: StateReader): ExecutionResult[] {
  using session = evm.begin(block.rules, block.env, reader)
  for (const { to, data } of block.opening) session.systemCall(to, data)
  const results = session.transactAll(block.transactions)
  session.changes()
  return results
}

const outcomeOf = ({ status, gasUsed, logs }: ExecutionResult): TransactionOutcome => ({
  status,
  gasUsed,
  logs: logs.map((log) => ({
    address: bytesToHex(log.address),
    topics: log.topics.map((topic) => bytesToHex(topic)),
    data: bytesToHex(log.data),
  })),
})
