import type { ChildProcess } from 'node:child_process'
import type { NodeEvent } from '@metis-stack/chain-sdk'
import { forkModule } from './childProcess.js'
import { DevnetError } from './errors.js'
import type { FromNode, NodeConfig, ToNode } from './messages.js'

export type NodeProcessEvents = {
  onEvent: (event: NodeEvent) => void
  /** The process ended though nobody asked for it. */
  onLost: (reason: string) => void
}

/** One L2 node in a process of its own, so that neither node can hold up the other, or L1. */
export class NodeProcess {
  #stopping = false
  readonly exit: Promise<void>

  private constructor(
    private readonly child: ChildProcess,
    name: string,
    onLost: NodeProcessEvents['onLost'],
  ) {
    this.exit = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        if (!this.#stopping) onLost(`${name} ended (${signal ?? `code ${code}`})`)
        this.#stopping = true
        resolve()
      })
    })
  }

  get pid(): number {
    return this.child.pid!
  }

  /** @throws {DevnetError} `nodeStart` with the node's own reason, `nodeLocked` when another process has its folder */
  static async start(config: NodeConfig, events: NodeProcessEvents): Promise<NodeProcess> {
    const child = forkModule('nodeMain')
    let ready = false
    const started = new Promise<void>((resolve, reject) => {
      const fail = (reason: string, code?: string): void =>
        reject(
          new DevnetError(
            isLock(code) ? 'nodeLocked' : 'nodeStart',
            `${config.profile} did not start: ${reason}`,
          ),
        )
      child.on('message', (message: FromNode) => {
        if (message.type === 'event') events.onEvent(message.event)
        else if (message.type === 'failed') fail(message.message, message.code)
        else {
          ready = true
          resolve()
        }
      })
      child.once('error', (error) => fail(error.message))
      child.once('exit', (code, signal) => fail(`its process ended (${signal ?? `code ${code}`})`))
    })
    const node = new NodeProcess(child, config.profile, (reason) => {
      if (ready) events.onLost(reason)
    })
    node.#send({ type: 'start', config })
    try {
      await started
    } catch (error) {
      await node.stop()
      throw error
    }
    return node
  }

  /** L1 is on disk up to this block. */
  durable(head: bigint): void {
    this.#send({ type: 'durable', head })
  }

  /** L1 is this process now. */
  l1(process: { pid: number; identity: string | undefined }): void {
    this.#send({ type: 'l1', process })
  }

  /** Lets the node finish its block and close; ends it by force after 20 s. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping = true
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    this.#send({ type: 'stop' })
    const force = setTimeout(() => this.child.kill('SIGKILL'), 20_000)
    await this.exit
    clearTimeout(force)
  }

  #send(message: ToNode): void {
    if (this.child.connected) this.child.send(message, () => {})
  }
}

/** The folder is another process's: of the node itself, or of its state. */
const isLock = (code: string | undefined): boolean => code === 'folderLocked' || code === 'locked'
