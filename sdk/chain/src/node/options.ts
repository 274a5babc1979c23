import type { Hex } from '@metis-stack/chain'
import type { RpcServerOptions } from '@metis-stack/rpc'

/** What happened, for a log. `level: 'warn'` means that somebody should look. */
export type NodeEvent = {
  level: 'info' | 'warn'
  chain: string
  message: string
  meta?: Record<string, unknown>
}

export type NodeOptions = {
  /** Folder of this node alone; created when absent. */
  dataDir: string
  l1: {
    /** HTTP endpoint. */
    url: string
    pollMs?: number
    /** See `L1SourceOptions.durableHead`. */
    durableHead?: () => bigint
  }
  /** What this node keeps of old states; what is not said is the definition's choice. */
  state?: { archive?: boolean; keepBlocks?: number }
  /** Overrides the definition's. */
  rpc?: RpcServerOptions
  /** Offers `metis_db…` methods, which write files where the client says: only where nobody else reaches the RPC server. */
  admin?: boolean
  /** Posts output roots to L1. Absent: somebody else does. */
  proposer?: {
    /** Pays the L1 gas; must be the proposer that the L1 contracts name. */
    privateKey: Hex
    pollMs?: number
    idleSeconds?: number
  }
  /** Told about everything worth a line. */
  onEvent?: (event: NodeEvent) => void
}
