import type { BlockEnv, ChainRules, EvmTransaction, ExecutionResult } from '@metis-stack/metisvm'
import type { WorldAccount } from './world.js'

/** Transactions in order on a state: what is executed of a block, senders known. */
export type Block = {
  name: string
  rules: ChainRules
  env: BlockEnv & { excessBlobGas: bigint; difficulty: bigint; blockHashes: Record<string, string> }
  accounts: WorldAccount[]
  /** System calls before the first transaction. */
  opening: { to: Uint8Array; data: Uint8Array }[]
  transactions: EvmTransaction[]
}

/** What engines must agree on for each transaction. */
export type TransactionOutcome = {
  status: ExecutionResult['status']
  gasUsed: bigint
  logs: { address: string; topics: string[]; data: string }[]
}

/** CPU time of executing blocks one after the other, and what came of each for whoever wants to look. */
export type Replay = { nanoseconds: number; outcomes(block: number): TransactionOutcome[] }

/** An engine that executes whole blocks. */
export interface BlockEngine extends AsyncDisposable {
  readonly name: string
  /** Forgets all that was compiled. The engine is then again one that has been in use. */
  restart(): Promise<void>
  /** Executes blocks one after the other. Each has its own state, which is there before. */
  replay(blocks: readonly Block[]): Promise<Replay>
}

/** Both executed every transaction alike. */
export function sameOutcomes(a: readonly TransactionOutcome[], b: readonly TransactionOutcome[]): boolean {
  return JSON.stringify(a.map(comparable)) === JSON.stringify(b.map(comparable))
}

const comparable = ({ status, gasUsed, logs }: TransactionOutcome): unknown => [
  status,
  gasUsed.toString(),
  logs.map(({ address, topics, data }) => [address, topics, data]),
]
