import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { writeDurably } from '../files.js'
import { callRpc } from '../rpc.js'

/** How often to look for a new L1 block, in ms. */
const pollMs = 100
/** The saver may be at work for at most this share of the time: a long chain takes longer to save. */
const dutyCycle = 0.25
const maxPauseMs = 5_000

type L1Head = { number: string; hash: string }

/**
 * Keeps L1 on disk. Anvil holds its chain in memory and writes it on a clean exit only, so after each new block we ask for
 * its state (`anvil_dumpState`: all blocks, transactions and accounts, gzipped) and replace the snapshot durably.
 *
 * `durableHead` is the highest block inside the snapshot on disk. The L2 nodes derive from no block above it: whenever
 * L1 dies and comes back from its snapshot, every L1 block that an L2 block was derived from is there, with its hash.
 * What L1 loses is at most the blocks since the last snapshot, a fraction of a second's worth at first; saving takes
 * 7 ms at 500 blocks and 0.4 s at 20,000.
 */
export class L1Snapshots {
  #durableHead = -1n
  /** Hash, because a developer may also turn L1 back. */
  #durableHash = ''
  #running: Promise<void> | undefined
  readonly #stopped = new AbortController()
  #saving: Promise<void> | undefined

  constructor(
    private readonly url: string,
    private readonly file: string,
    private readonly onDurable: (head: bigint) => void = () => {},
  ) {}

  get durableHead(): bigint {
    return this.#durableHead
  }

  /** Saves after each new block until `stop`. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Saves what is there now. @throws when L1 does not answer */
  save(): Promise<void> {
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined
    })
    return this.#saving
  }

  /** Ends the watching; no save is under way afterwards. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#running
    await this.#saving?.catch(() => {})
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const began = performance.now()
      try {
        const { hash } = await callRpc<L1Head>(this.url, 'eth_getBlockByNumber', ['latest', false], 2_000)
        if (hash !== this.#durableHash) await this.save()
      } catch {
        // L1 is gone or busy. Who runs it sees that too; here it only means that nothing becomes durable.
      }
      const took = performance.now() - began
      const pause = Math.max(pollMs, Math.min(took * (1 / dutyCycle - 1), maxPauseMs))
      await delay(pause, undefined, { signal: this.#stopped.signal }).catch(() => {})
    }
  }

  async #save(): Promise<void> {
    const head = await callRpc<L1Head>(this.url, 'eth_getBlockByNumber', ['latest', false])
    const dump = await callRpc<string>(this.url, 'anvil_dumpState', [], 60_000)
    await writeDurably(this.file, Buffer.from(dump.slice(2), 'hex'))
    this.#durableHead = BigInt(head.number)
    this.#durableHash = head.hash
    this.onDurable(this.#durableHead)
  }
}

/** Unpacks a snapshot for anvil's `--load-state`. `undefined` when there is none. */
export function unpackSnapshot(file: string): string | undefined {
  rmSync(`${file}.new`, { force: true })
  if (!existsSync(file)) return undefined
  const unpacked = file.replace(/\.gz$/, '')
  writeFileSync(unpacked, gunzipSync(readFileSync(file)))
  return unpacked
}
