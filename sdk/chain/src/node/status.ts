import type { Hex } from '@metis-stack/chain'
import type { TierMetrics } from '@metis-stack/metisvm'

export type HealthStatus =
  /** Blocks are sealed and L1 is heard. */
  | 'ok'
  /** Blocks are sealed, but something needs attention; see `reasons`. */
  | 'degraded'
  /** No blocks are sealed. */
  | 'halted'
  | 'stopped'

export type Health = { status: HealthStatus; reasons: string[] }

/** A node's counters since its start; all only grow, but for the gauges. */
export type NodeMetrics = {
  uptimeSeconds: number
  blocksSealed: number
  slotsFailed: number
  slotsMissed: number
  /** Time spent building and storing blocks. */
  sealingSeconds: number
  transactionsSealed: number
  depositsSealed: number
  gasSealed: number
  l1BlocksRead: number
  l1DepositsRead: number
  l1Failures: number
  l1Reorganisations: number
  outputsProposed: number
  proposalFailures: number
  /** gauge */
  headNumber: number
  /** gauge */
  poolPending: number
  /** gauge */
  poolQueued: number
  /** What the tiers of the EVM engine did; absent when the engine has none. */
  vm: TierMetrics | undefined
}

/** Where a node stands. */
export type NodeStatus = {
  name: string
  chainId: bigint
  health: Health
  head: { number: bigint; hash: Hex; timestamp: bigint }
  l1: {
    connected: boolean
    /** Latest L1 block seen. */
    head: bigint | undefined
    /** The L1 block that the head is derived from. */
    origin: { number: bigint; hash: Hex; timestamp: bigint }
  }
  outputs: { count: bigint; latestBlock: bigint } | undefined
  pool: { pending: number; queued: number }
}
