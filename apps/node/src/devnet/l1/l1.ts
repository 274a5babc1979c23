import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessRecord } from '../staleProcess.js'
import { Anvil, type AnvilOptions } from './anvil.js'
import { L1Snapshots, unpackSnapshot } from './snapshots.js'

export type DevL1Options = Omit<AnvilOptions, 'loadState'> & { snapshotFile: string }

export type DevL1Events = {
  onDurable: (head: bigint) => void
  /** A new process serves L1. */
  onProcess: (process: ProcessRecord) => void
  onWarning: (message: string) => void
}

/** A development L1 that comes back: anvil with its snapshots, started again from the last one when it dies. */
export class DevL1 {
  #anvil: Anvil
  #snapshots: L1Snapshots
  #stopping = false
  #watching: Promise<void> | undefined
  /** Blocks are saved only once somebody said what is worth keeping. */
  #keeping = false

  private constructor(
    private readonly options: DevL1Options,
    private readonly events: DevL1Events,
    anvil: Anvil,
  ) {
    this.#anvil = anvil
    this.#snapshots = this.#newSnapshots()
  }

  static async start(options: DevL1Options, events: DevL1Events): Promise<DevL1> {
    const anvil = await Anvil.start({ ...options, loadState: unpackSnapshot(options.snapshotFile) })
    return new DevL1(options, events, anvil)
  }

  get url(): string {
    return this.#anvil.url
  }

  get process(): ProcessRecord {
    return this.#anvil.record
  }

  get durableHead(): bigint {
    return this.#snapshots.durableHead
  }

  /** Saves L1 now and after each block from here on, and restarts it from what was saved. */
  async keep(): Promise<void> {
    await this.#snapshots.save()
    this.#keeping = true
    this.#snapshots.start()
    this.#watching = this.#watch()
  }

  /** Saves what there is and ends it. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#snapshots.stop()
    if (this.#keeping && this.#anvil.running)
      await this.#snapshots
        .save()
        .catch((error: Error) => this.events.onWarning(`L1 was not saved: ${error.message}`))
    await this.#anvil.stop()
    await this.#watching
  }

  async #watch(): Promise<void> {
    for (let backoffMs = 200; !this.#stopping; ) {
      await this.#anvil.exit
      if (this.#stopping) return
      this.events.onWarning('L1 ended; starting it again from its last snapshot')
      await this.#snapshots.stop()
      try {
        const anvil = await Anvil.start({
          ...this.options,
          loadState: unpackSnapshot(this.options.snapshotFile),
        })
        // Whoever stops L1 meanwhile knows only the process before this one.
        if (this.#stopping) return await anvil.stop()
        this.#anvil = anvil
        this.#snapshots = this.#newSnapshots()
        this.#snapshots.start()
        this.events.onProcess(this.#anvil.record)
        backoffMs = 200
      } catch (error) {
        this.events.onWarning((error as Error).message)
        await delay(backoffMs)
        backoffMs = Math.min(backoffMs * 2, 10_000)
      }
    }
  }

  #newSnapshots(): L1Snapshots {
    return new L1Snapshots(this.#anvil.url, this.options.snapshotFile, this.events.onDurable)
  }
}
