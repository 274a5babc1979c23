import type { Hex } from '@metis-stack/chain'
import type { NodeEvent } from '@metis-stack/chain-sdk'
import type { Deployment } from '../profiles/deployment.js'
import type { ProfileName } from '../profiles/index.js'
import type { ProcessRecord } from './staleProcess.js'

/** What one L2 node process needs to start. */
export type NodeConfig = {
  profile: ProfileName
  deployment: Deployment
  dataDir: string
  host: string
  port: number
  l1Url: string
  proposerKey: Hex
  /** Highest L1 block that is on disk. */
  durableHead: bigint
  l1Process: ProcessRecord
  /** Newest states to keep; all when absent. */
  keepBlocks?: number
}

export type ToNode =
  | { type: 'start'; config: NodeConfig }
  | { type: 'durable'; head: bigint }
  | { type: 'l1'; process: ProcessRecord }
  | { type: 'stop' }

export type FromNode =
  | { type: 'ready' }
  | { type: 'event'; event: NodeEvent }
  | { type: 'failed'; code: string; message: string }
