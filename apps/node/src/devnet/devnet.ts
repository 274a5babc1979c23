import { rmSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { NodeEvent } from '@metis-stack/chain-sdk'
import type { ProfileName } from '../profiles/index.js'
import { devAccount, systemAccountIndex } from './accounts.js'
import { DevnetError } from './errors.js'
import { readJson, writeJson } from './files.js'
import { deployContracts, type L1Deployment } from './l1/deploy.js'
import { DevL1 } from './l1/l1.js'
import { NodeProcess } from './nodeProcess.js'
import { type Ports, requireFreePorts } from './ports.js'
import { callRpc } from './rpc.js'
import { describeStack, l2Deployment, stackAddresses } from './stack.js'
import type { StackInfo } from './stackInfo.js'
import { endStaleProcess } from './staleProcess.js'
import { clearStateDir, hasDeployment, openStateDir, type StateLayout } from './stateDir.js'
import type { ReportedStatus } from './unitStatus.js'

export type DevnetEvent = { level: 'info' | 'warn'; source: string; message: string }

export type DevnetOptions = {
  /** Folder for everything that must survive; created when absent. */
  stateDir: string
  host?: string
  ports?: Partial<Ports>
  /** Forget what is in the state folder. */
  fresh?: boolean
  /** Seconds between two L1 blocks; 2 when absent. */
  l1BlockTimeSeconds?: number
  /** Newest states that the L2 nodes keep; all when absent. */
  keepBlocks?: number
  onEvent?: (event: DevnetEvent) => void
  /** Aborting it during the start ends the start; afterwards use `stop`. */
  signal?: AbortSignal
}

export const defaultPorts: Ports = { l1: 8545, andromeda: 9545, hyperion: 9645 }
export const l1ChainId = 31_337
/** Processes of an earlier run have just ended: their ports follow soon. */
const portGraceMs = 10_000
const nodeNames = ['andromeda', 'hyperion'] as const satisfies ProfileName[]

/** A running stack: L1, Andromeda and Hyperion. */
export interface Devnet extends AsyncDisposable {
  readonly info: StackInfo
  /** Whether it goes on from an earlier run. */
  readonly resumed: boolean
  /** Operating system ids of the processes now. */
  readonly processes: Record<'l1' | ProfileName, number>
  /** Stops the nodes, saves L1, ends everything. Idempotent. */
  stop(): Promise<void>
}

/**
 * Starts L1 and both L2s, each in a process of its own, from the state folder or from nothing. A process that dies is
 * started again and goes on from its last durable block.
 *
 * Why nothing acknowledged is lost when everything is killed at once: an L2 block counts as acknowledged when its node has
 * it on disk, and a node derives only from L1 blocks that are inside L1's snapshot on disk (see `L1Snapshots`), so
 * that after any crash every L2 block finds its L1 origin again. A stack killed before its contracts were deployed and
 * saved has acknowledged nothing and starts over.
 *
 * @throws {DevnetError}
 */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  const { layout, release } = openStateDir(options.stateDir, options.fresh ?? false)
  const supervisor = new Supervisor(options, layout, release)
  try {
    await supervisor.start()
    return supervisor
  } catch (error) {
    await supervisor.stop()
    throw error
  }
}

class Supervisor implements Devnet {
  readonly #options: DevnetOptions
  readonly #layout: StateLayout
  readonly #release: () => void
  readonly #host: string
  readonly #ports: Ports
  readonly #nodes = new Map<ProfileName, NodeProcess>()
  #l1: DevL1 | undefined
  #info: StackInfo | undefined
  #resumed = false
  #stopping: Promise<void> | undefined
  readonly #stopped = new AbortController()
  readonly #restarts = new Set<Promise<void>>()

  constructor(options: DevnetOptions, layout: StateLayout, release: () => void) {
    this.#options = options
    this.#layout = layout
    this.#release = release
    this.#host = options.host ?? '127.0.0.1'
    this.#ports = { ...defaultPorts, ...options.ports }
  }

  get info(): StackInfo {
    return this.#info!
  }

  get resumed(): boolean {
    return this.#resumed
  }

  get processes(): Record<'l1' | ProfileName, number> {
    const pidOf = (name: ProfileName): number => this.#nodes.get(name)?.pid ?? 0
    return { l1: this.#l1?.process.pid ?? 0, andromeda: pidOf('andromeda'), hyperion: pidOf('hyperion') }
  }

  async start(): Promise<void> {
    const layout = this.#layout
    const stale = await this.#endStaleProcesses()
    if (this.#options.fresh) clearStateDir(layout)
    this.#resumed = hasDeployment(layout)
    if (!this.#resumed) clearStateDir(layout)
    await requireFreePorts(this.#host, this.#ports, stale ? portGraceMs : 0)
    this.#checkpoint()
    this.#note('L1', this.#resumed ? 'resuming from disk' : 'starting')
    this.#l1 = await this.#startL1()
    this.#checkpoint()
    const deployment = await this.#deployment(this.#l1)
    this.#checkpoint()
    this.#info = describeStack(this.#options.stateDir, this.#host, this.#ports, l1ChainId, deployment)
    await Promise.all(nodeNames.map((name) => this.#startFirst(name, deployment)))
    await Promise.all(nodeNames.map((name) => this.#healthy(name)))
    this.#checkpoint()
    writeJson(layout.addresses, stackAddresses(this.#info))
    writeJson(layout.stackInfo, this.#info)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    this.#stopped.abort()
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()))
    await Promise.all(this.#restarts)
    await this.#l1?.stop()
    rmSync(this.#layout.stackInfo, { force: true })
    this.#release()
  }

  /** What a killed stack left behind: L1, and nodes that are about to notice that their parent is gone. */
  async #endStaleProcesses(): Promise<boolean> {
    const { l1Pid, andromeda, hyperion } = this.#layout
    const found = [
      await endStaleProcess(`${andromeda}/lock`, 20_000),
      await endStaleProcess(`${hyperion}/lock`, 20_000),
      await endStaleProcess(l1Pid, 0),
    ]
    const stale = found.includes(true)
    if (stale) this.#note('devnet', 'ended processes of an earlier run')
    return stale
  }

  #startL1(): Promise<DevL1> {
    return DevL1.start(
      {
        host: this.#host,
        port: this.#ports.l1,
        chainId: l1ChainId,
        blockTimeSeconds: this.#options.l1BlockTimeSeconds ?? 2,
        logFile: this.#layout.l1Log,
        pidFile: this.#layout.l1Pid,
        snapshotFile: this.#layout.l1Snapshot,
      },
      {
        onDurable: (head) => this.#nodes.forEach((node) => void node.durable(head)),
        onProcess: (process) => this.#nodes.forEach((node) => void node.l1(process)),
        onWarning: (message) => this.#emit('warn', 'L1', message),
      },
    )
  }

  /** Deployed once. The file is written after the snapshot that holds the contracts: it says that all is there. */
  async #deployment(l1: DevL1): Promise<L1Deployment> {
    if (this.#resumed) {
      await l1.keep()
      return readJson<L1Deployment>(this.#layout.deployment)!
    }
    this.#note('L1', 'deploying contracts')
    const deployment = await deployContracts(l1.url, l1ChainId)
    await l1.keep()
    writeJson(this.#layout.deployment, deployment)
    return deployment
  }

  /** A node of a killed stack may begin to start before it sees that its parent is gone; then it ends again soon. */
  async #startFirst(name: ProfileName, deployment: L1Deployment): Promise<void> {
    for (const deadline = Date.now() + 20_000; ; await delay(200))
      try {
        return await this.#startNode(name, deployment)
      } catch (error) {
        this.#checkpoint()
        if ((error as DevnetError).code !== 'nodeLocked' || Date.now() > deadline) throw error
      }
  }

  async #startNode(name: ProfileName, deployment: L1Deployment): Promise<void> {
    const node = await NodeProcess.start(
      {
        profile: name,
        deployment: l2Deployment(name, l1ChainId, deployment),
        dataDir: this.#layout[name],
        host: this.#host,
        port: this.#ports[name],
        l1Url: this.#l1!.url,
        proposerKey: devAccount(systemAccountIndex[`${name}Proposer`]).privateKey,
        durableHead: this.#l1!.durableHead,
        l1Process: this.#l1!.process,
        ...(this.#options.keepBlocks !== undefined && { keepBlocks: this.#options.keepBlocks }),
      },
      {
        onEvent: (event) => this.#nodeEvent(event),
        onLost: (reason) => this.#restart(name, deployment, reason),
      },
    )
    this.#nodes.set(name, node)
    node.durable(this.#l1!.durableHead)
    if (this.#stopping) await node.stop()
  }

  #restart(name: ProfileName, deployment: L1Deployment, reason: string): void {
    this.#emit('warn', name, `${reason}; starting it again`)
    const restart = this.#tryRestart(name, deployment).finally(() => this.#restarts.delete(restart))
    this.#restarts.add(restart)
  }

  async #tryRestart(name: ProfileName, deployment: L1Deployment): Promise<void> {
    for (let backoffMs = 200; !this.#stopping; backoffMs = Math.min(backoffMs * 2, 10_000))
      try {
        await this.#startNode(name, deployment)
        return
      } catch (error) {
        this.#emit('warn', name, (error as Error).message)
        await delay(backoffMs, undefined, { signal: this.#stopped.signal }).catch(() => {})
      }
  }

  /** Seals blocks, hears L1. @throws {DevnetError} `nodeStart` with the reason when it does not within 60 s */
  async #healthy(name: ProfileName): Promise<void> {
    let reason = 'it does not answer'
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await delay(100)) {
      this.#checkpoint()
      try {
        const { health, l1 } = await callRpc<ReportedStatus>(this.#info![name].url, 'metis_status', [], 5_000)
        if (health.status === 'ok' && l1.connected) return
        reason = health.reasons.join('; ') || 'it does not hear L1'
      } catch (error) {
        reason = (error as Error).message
      }
    }
    throw new DevnetError('nodeStart', `${name} is not healthy after 60 s: ${reason}`)
  }

  #checkpoint(): void {
    if (this.#options.signal?.aborted || this.#stopping)
      throw new DevnetError('stopped', 'stopped while starting')
  }

  #nodeEvent(event: NodeEvent): void {
    this.#emit(event.level, event.chain, event.message)
  }

  #note(source: string, message: string): void {
    this.#emit('info', source, message)
  }

  #emit(level: DevnetEvent['level'], source: string, message: string): void {
    this.#options.onEvent?.({ level, source, message })
  }
}
