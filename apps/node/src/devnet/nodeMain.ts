// Process of one L2 node, started by `NodeProcess` with an IPC channel.
import { identityOf, type RunningNode, startNode } from '@metis-stack/chain-sdk'
import { profiles } from '../profiles/index.js'
import type { FromNode, NodeConfig, ToNode } from './messages.js'
import type { ProcessRecord } from './staleProcess.js'

let node: RunningNode | undefined
let durableHead = -1n
let l1Process: ProcessRecord | undefined
let stopping = false

const tell = (message: FromNode): void => {
  // A parent that is going away is no error here; see the disconnect.
  if (process.connected) process.send!(message, () => {})
}

process.on('message', (message: ToNode) => {
  if (message.type === 'durable') durableHead = message.head
  else if (message.type === 'l1') l1Process = message.process
  else if (message.type === 'start') void start(message.config)
  else void stop(0)
})
// Ctrl-C goes to every process of the terminal; the parent decides when we end.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => void stop(0))
process.on('disconnect', () => {
  // The parent is gone without a word. Nobody else would end L1.
  if (!stopping && l1Process?.identity && identityOf(l1Process.pid) === l1Process.identity)
    process.kill(l1Process.pid, 'SIGKILL')
  void stop(1)
})

async function start(config: NodeConfig): Promise<void> {
  // It may have gone while our modules were loading, when nobody listened yet.
  if (!process.connected) process.exit(1)
  durableHead = config.durableHead
  l1Process = config.l1Process
  try {
    node = await startNode(profiles[config.profile](config.deployment), {
      dataDir: config.dataDir,
      rpc: { host: config.host, port: config.port },
      ...(config.keepBlocks !== undefined && { state: { archive: false, keepBlocks: config.keepBlocks } }),
      admin: ['127.0.0.1', '::1', 'localhost'].includes(config.host),
      l1: { url: config.l1Url, pollMs: 200, durableHead: () => durableHead },
      proposer: { privateKey: config.proposerKey, pollMs: 1_000, idleSeconds: 60 },
      onEvent: (event) => tell({ type: 'event', event: { ...event, meta: undefined } }),
    })
    tell({ type: 'ready' })
  } catch (error) {
    const { code, shortMessage, message } = error as { code?: string; shortMessage?: string; message: string }
    tell({ type: 'failed', code: code ?? 'unknown', message: shortMessage ?? message })
    void stop(1)
  }
}

async function stop(code: number): Promise<void> {
  if (stopping) return
  stopping = true
  setTimeout(() => process.exit(1), 15_000).unref()
  try {
    await node?.stop()
  } finally {
    process.exit(code)
  }
}
