import type { Hex } from '@metis-stack/chain'
import type { PublicClient } from 'viem'
import { deriveDeposit, transactionDepositedTopic } from '../derivation/deposits.js'
import type { L1Origin } from '../derivation/origin.js'
import { briefly, RollupError } from '../errors.js'
import { sleep } from '../sleep.js'
import type { L1Block } from './block.js'

export type L1SourceOptions = {
  chainId: number
  /** The portal of this L2. */
  portal: Hex
  /** L1 blocks that must be on top of a block before L2 derives from it. */
  confirmations: number
  pollMs: number
  /** Longest wait between two attempts while L1 is down. */
  maxBackoffMs?: number
  /** Blocks to read ahead of L2. */
  readAhead?: number
  /**
   * Highest L1 block that is sure to survive a crash of L1. L2 derives from none above it. Without it, confirmations alone
   * decide. A development L1 keeps its blocks in memory between two snapshots, so there it matters.
   */
  durableHead?: () => bigint
}

export type L1Status = {
  connected: boolean
  /** Latest L1 block seen. */
  head: bigint | undefined
  /** L1 blocks read but not yet derived from. */
  queued: number
  error: RollupError | undefined
}

/**
 * Reads L1 block by block, in order, each checked to be the child of the one before. Blocks wait in a short queue until
 * L2 takes them with `next`. A reorganisation of blocks that only wait is repaired silently; one that reaches the
 * block L2 already derived from is reported as `l1Reorg` and stays until `start` is called with another origin.
 */
export class L1Source implements AsyncDisposable {
  readonly #options: Required<Omit<L1SourceOptions, 'durableHead'>> & Pick<L1SourceOptions, 'durableHead'>
  readonly #client: PublicClient
  #queue: L1Block[] = []
  #origin: L1Origin | undefined
  #running: Promise<void> | undefined
  #stop = new AbortController()
  #chainChecked = false
  #head: bigint | undefined
  #error: RollupError | undefined
  readonly counters = { blocks: 0, deposits: 0, failures: 0, reorganisations: 0 }

  constructor(options: L1SourceOptions, modules: { client: PublicClient }) {
    this.#options = { maxBackoffMs: 5_000, readAhead: 64, ...options }
    this.#client = modules.client
  }

  /** Reads on after `origin`; restarts from there when it is running. */
  async start(origin: L1Origin): Promise<void> {
    await this.stop()
    this.#stop = new AbortController()
    this.#origin = origin
    this.#queue = []
    this.#error = undefined
    this.#running = this.#run(this.#stop.signal)
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    this.#running = undefined
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** The L1 block after `origin`, once it may be derived from. Earlier blocks are dropped from the queue. */
  next(origin: L1Origin): L1Block | undefined {
    while (this.#queue[0] && this.#queue[0].number <= origin.number) this.#origin = this.#queue.shift()
    const next = this.#queue[0]
    return next?.parentHash === origin.hash ? next : undefined
  }

  status(): L1Status {
    return {
      connected: this.#head !== undefined && this.#error === undefined,
      head: this.#head,
      queued: this.#queue.length,
      error: this.#error,
    }
  }

  /**
   * Whether an L1 block is still canonical.
   * @throws {RollupError} `l1Unavailable`
   */
  async isCanonical(origin: L1Origin): Promise<boolean> {
    try {
      const block = await this.#client.getBlock({ blockNumber: origin.number })
      return block.hash === origin.hash
    } catch (cause) {
      if ((cause as Error).name === 'BlockNotFoundError') return false
      throw unavailable(cause)
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    let backoff = this.#options.pollMs
    while (!signal.aborted) {
      try {
        await this.#poll(signal)
        this.#error = undefined
        backoff = this.#options.pollMs
      } catch (error) {
        if (signal.aborted) return
        this.#error = error instanceof RollupError ? error : unavailable(error)
        this.counters.failures++
        backoff = Math.min(backoff * 2, this.#options.maxBackoffMs)
      }
      await sleep(backoff, signal)
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    if (!this.#chainChecked) await this.#checkChain()
    const head = await this.#client.getBlockNumber({ cacheTime: 0 })
    this.#head = head
    await this.#dropReorganised()
    let limit = head - BigInt(this.#options.confirmations)
    const durable = this.#options.durableHead?.()
    if (durable !== undefined && durable < limit) limit = durable
    while (!signal.aborted && this.#queue.length < this.#options.readAhead && this.#tail().number < limit)
      this.#queue.push(await this.#read(this.#tail()))
  }

  #tail(): L1Origin {
    return this.#queue.at(-1) ?? this.#origin!
  }

  async #checkChain(): Promise<void> {
    const chainId = await this.#client.getChainId()
    if (chainId !== this.#options.chainId)
      throw new RollupError('l1WrongChain', `L1 has chain id ${chainId}, expected ${this.#options.chainId}`)
    this.#chainChecked = true
  }

  async #dropReorganised(): Promise<void> {
    while (!(await this.isCanonical(this.#tail()))) {
      this.counters.reorganisations++
      if (!this.#queue.pop())
        throw new RollupError('l1Reorg', `L1 block ${this.#origin!.number} that L2 derived from is gone`, {
          meta: { origin: this.#origin },
        })
    }
  }

  async #read(parent: L1Origin): Promise<L1Block> {
    const block = await this.#client.getBlock({ blockNumber: parent.number + 1n })
    if (block.parentHash !== parent.hash)
      throw new RollupError(
        'l1Unavailable',
        `L1 reorganised while block ${block.number} was read; reading again`,
      )
    const logs = await this.#client.request({
      method: 'eth_getLogs',
      params: [{ address: this.#options.portal, topics: [transactionDepositedTopic], blockHash: block.hash }],
    })
    const deposits = logs
      .map((log) => ({
        blockHash: block.hash,
        logIndex: Number(log.logIndex),
        topics: log.topics,
        data: log.data,
      }))
      .sort((a, b) => a.logIndex - b.logIndex)
      .map(deriveDeposit)
    this.counters.blocks++
    this.counters.deposits += deposits.length
    return {
      number: block.number,
      hash: block.hash,
      parentHash: block.parentHash,
      timestamp: block.timestamp,
      baseFee: block.baseFeePerGas ?? 0n,
      prevRandao: (block as { mixHash?: Hex }).mixHash ?? (`0x${'00'.repeat(32)}` as Hex),
      deposits,
    }
  }
}

function unavailable(cause: unknown): RollupError {
  return new RollupError('l1Unavailable', `L1 does not answer: ${briefly(cause)}`, { cause })
}
