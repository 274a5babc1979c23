import type { Chain, Hex } from '@metis-stack/chain'
import { outputOracleAbi } from '@metis-stack/settlement-contracts'
import type { Account, PublicClient, Transport, WalletClient } from 'viem'
import { briefly, RollupError } from '../errors.js'
import { sleep } from '../sleep.js'
import { outputRoot, readOutput } from './output.js'

export type ProposerOptions = {
  /** OutputOracle of this L2 on L1. */
  oracle: Hex
  /** How often to look whether there is something to propose. */
  pollMs: number
  /** Seconds after which a new block is proposed even when nothing was withdrawn since the last output. */
  idleSeconds: number
  /** Longest wait between two attempts while L1 is down. */
  maxBackoffMs?: number
}

export type ProposerStatus = {
  /** L2 block of the latest output on L1. */
  latest: bigint | undefined
  outputs: bigint | undefined
  error: RollupError | undefined
}

/**
 * Posts output roots of our chain's head to L1. An output follows soon (one poll) when somebody withdrew since the last
 * one, otherwise every `idleSeconds`. What is on L1 is read from L1 each time, so neither a restart nor an L1 that
 * lost its last blocks leaves a gap.
 */
export class OutputProposer implements AsyncDisposable {
  readonly #options: Required<ProposerOptions>
  readonly #chain: Chain
  readonly #client: PublicClient
  readonly #wallet: WalletClient<Transport, undefined, Account>
  #running: Promise<void> | undefined
  #stop = new AbortController()
  #status: ProposerStatus = { latest: undefined, outputs: undefined, error: undefined }
  #proposedAt = 0
  readonly counters = { proposed: 0, failures: 0 }

  constructor(
    options: ProposerOptions,
    modules: { chain: Chain; client: PublicClient; wallet: WalletClient<Transport, undefined, Account> },
  ) {
    this.#options = { maxBackoffMs: 10_000, ...options }
    this.#chain = modules.chain
    this.#client = modules.client
    this.#wallet = modules.wallet
  }

  start(): void {
    if (this.#running) return
    this.#stop = new AbortController()
    this.#running = this.#run(this.#stop.signal)
  }

  /** Idempotent; a proposal that was sent and is not mined yet is left to L1. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    this.#running = undefined
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  status(): ProposerStatus {
    return this.#status
  }

  async #run(signal: AbortSignal): Promise<void> {
    let wait = this.#options.pollMs
    while (!signal.aborted) {
      try {
        await this.#step(signal)
        this.#status = { ...this.#status, error: undefined }
        wait = this.#options.pollMs
      } catch (cause) {
        if (signal.aborted) return
        const error =
          cause instanceof RollupError
            ? cause
            : new RollupError('proposalFailed', `the output was not proposed: ${briefly(cause)}`, { cause })
        this.#status = { ...this.#status, error }
        this.counters.failures++
        wait = Math.min(wait * 2, this.#options.maxBackoffMs)
      }
      await sleep(wait, signal)
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const oracle = { address: this.#options.oracle, abi: outputOracleAbi }
    const [latest, outputs] = await Promise.all([
      this.#client.readContract({ ...oracle, functionName: 'latestBlockNumber' }),
      this.#client.readContract({ ...oracle, functionName: 'outputCount' }),
    ])
    this.#status = { ...this.#status, latest, outputs }
    const head = this.#chain.head
    if (head.header.number <= latest || signal.aborted) return
    const output = readOutput(this.#chain, head)
    const idle = Date.now() - this.#proposedAt < this.#options.idleSeconds * 1_000
    if (idle && !this.#withdrawnSince(latest, output.messagePasserStorageRoot)) return
    const hash = await this.#wallet.writeContract({
      ...oracle,
      functionName: 'proposeOutput',
      args: [outputRoot(output), output.l2BlockNumber],
      chain: null,
    })
    await this.#mined(hash, signal)
    this.#proposedAt = Date.now()
    this.counters.proposed++
    this.#status = { ...this.#status, latest: output.l2BlockNumber, outputs: outputs + 1n }
  }

  /** @throws {RollupError} `proposalFailed` when it reverts, or is not mined within 30 s */
  async #mined(hash: Hex, signal: AbortSignal): Promise<void> {
    for (
      const deadline = Date.now() + 30_000;
      Date.now() < deadline && !signal.aborted;
      await sleep(250, signal)
    ) {
      const receipt = await this.#client.getTransactionReceipt({ hash }).catch((error: Error) => {
        if (error.name === 'TransactionReceiptNotFoundError') return undefined
        throw error
      })
      if (receipt?.status === 'success') return
      if (receipt)
        throw new RollupError('proposalFailed', 'the oracle refused the output', { meta: { hash } })
    }
    throw new RollupError('proposalFailed', 'the output was not mined on L1 in time', { meta: { hash } })
  }

  #withdrawnSince(latest: bigint, storageRoot: Hex): boolean {
    const block = this.#chain.blockByNumber(latest)
    return !block || readOutput(this.#chain, block).messagePasserStorageRoot !== storageRoot
  }
}
