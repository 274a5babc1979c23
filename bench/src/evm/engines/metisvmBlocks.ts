import { bytesToHex } from '@metis-stack/kernel'
import { createEvm, type EvmOptions, type ExecutionResult } from '@metis-stack/metisvm'
import type { Block, BlockEngine, TransactionOutcome } from '../block.js'
import { ownCpu, timed } from '../cpu.js'
import { readerOf } from '../world.js'

/** Our engine in one of its modes, executing blocks as a node does: one session each, with all changes at its end. */
export function metisvmBlocks(mode: NonNullable<EvmOptions['mode']>): BlockEngine {
  let evm = createEvm({ mode })
  const execute = (block: Block, reader: ReturnType<typeof readerOf>): ExecutionResult[] => {
    using session = evm.begin(block.rules, block.env, reader)
    for (const { to, data } of block.opening) session.systemCall(to, data)
    const results = block.transactions.map((transaction) => session.transact(transaction))
    session.changes()
    return results
  }
  return {
    name: mode === 'tier0' ? 'metisvm tier0' : 'metisvm',
    restart() {
      evm = createEvm({ mode })
    },
    async execute(block) {
      const reader = readerOf(block.accounts)
      const { nanoseconds, result } = await timed(ownCpu, async () => {
        const results = execute(block, reader)
        // What the block made the engine compile counts too.
        await new Promise((resolve) => setImmediate(resolve))
        return results
      })
      return { nanoseconds, outcomes: result.map(outcomeOf) }
    },
    async [Symbol.asyncDispose]() {},
  }
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
