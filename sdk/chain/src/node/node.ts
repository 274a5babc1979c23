import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Block, buildGenesis, Chain, type ChainConfig, type Genesis } from '@metis-stack/chain'
import { MetisDb, type State } from '@metis-stack/metisdb'
import type { Evm } from '@metis-stack/metisvm'
import { type L1Origin, L1Source, OutputProposer, RollupError } from '@metis-stack/rollup'
import { createRpcServer, type RpcMethod, type RpcServer } from '@metis-stack/rpc'
import { createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { ChainDefinition } from '../definition/definition.js'
import { originOf } from '../ordering/single.js'
import { SealingLoop } from '../sealing/loop.js'
import { Cleanup } from './cleanup.js'
import { databaseMethods } from './databaseMethods.js'
import { lockFolder } from './folderLock.js'
import type { NodeEvent, NodeOptions } from './options.js'
import { replayReport } from './replayReport.js'
import { lastCanonicalBlock } from './rewind.js'
import type { Health, NodeMetrics, NodeStatus } from './status.js'
import { statusMethods } from './statusMethods.js'

/** A node at work. */
export interface RunningNode extends AsyncDisposable {
  readonly definition: ChainDefinition
  readonly chain: Chain
  readonly rpc: RpcServer
  health(): Health
  status(): NodeStatus
  metrics(): NodeMetrics
  /** Finishes the block under way, closes everything in order. Idempotent. */
  stop(): Promise<void>
}

/**
 * Starts a node of a chain. On the first start it writes the genesis; on every other it goes on from what is on disk.
 * An L1 that does not answer delays nothing here: the node runs, reports `degraded` and tries again.
 *
 * @throws {FolderLockedError} when another process has the data folder; what RPC, chain and state throw on opening
 */
export async function startNode(definition: ChainDefinition, options: NodeOptions): Promise<RunningNode> {
  const cleanup = new Cleanup()
  try {
    mkdirSync(options.dataDir, { recursive: true })
    cleanup.defer(lockFolder(join(options.dataDir, 'lock')))
    const evm = definition.execution.createEvm({
      codeCache: { directory: join(options.dataDir, 'code-cache') },
    })
    const statePath = join(options.dataDir, 'state')
    mkdirSync(statePath, { recursive: true })
    const { chainId } = definition
    const state = cleanup.use(await definition.state.open(statePath, { chainId, ...options.state }))
    const config = chainConfig(definition)
    const genesis = chainGenesis(definition, evm)
    const chain = await Chain.open(
      { path: join(options.dataDir, 'chain'), onReplay: replayReport(definition.name, options.onEvent) },
      { config, evm, state, genesis },
    )
    cleanup.defer(() => chain.close())
    const node = new Node(definition, options, { chain, evm, state }, cleanup)
    await node.start()
    return node
  } catch (error) {
    await cleanup.run()
    throw error
  }
}

/** The rules of a definition, in the form that the chain knows. */
export function chainConfig(definition: ChainDefinition): ChainConfig {
  return {
    kind: 'l2',
    name: definition.name,
    chainId: definition.chainId,
    forks: [{ fork: definition.execution.fork, time: 0n }],
    feeMarket: definition.fees.market,
    gasLimit: definition.execution.gasLimit,
    feeRecipients: { baseFee: definition.fees.vault, coinbase: definition.fees.vault },
    precompiles: definition.precompiles,
  }
}

/** Genesis of a definition: the same for every node of the chain. */
export function chainGenesis(definition: ChainDefinition, evm: Evm): Genesis {
  const timestamp = definition.genesis.timestamp ?? definition.settlement.genesisOrigin.timestamp
  return buildGenesis({ config: chainConfig(definition), ...definition.genesis, timestamp }, { evm })
}

class Node implements RunningNode {
  readonly chain: Chain
  readonly evm: ReturnType<ChainDefinition['execution']['createEvm']>
  readonly #state: State
  readonly #startedAt = performance.now()
  readonly #l1: L1Source
  readonly #loop: SealingLoop
  readonly #proposer: OutputProposer | undefined
  readonly #genesisOrigin: L1Origin
  readonly #onEvent: (event: NodeEvent) => void
  #rpc: RpcServer | undefined
  #rewinding: Promise<void> | undefined
  #halted: string | undefined
  #warning: string | undefined
  #reported: string | undefined
  #stopping: Promise<void> | undefined
  readonly #sealed = { transactions: 0, deposits: 0, gas: 0 }

  constructor(
    readonly definition: ChainDefinition,
    readonly options: NodeOptions,
    modules: { chain: Chain; evm: ReturnType<ChainDefinition['execution']['createEvm']>; state: State },
    readonly cleanup: Cleanup,
  ) {
    const { chain, evm } = modules
    this.chain = chain
    this.#state = modules.state
    this.evm = evm
    const { settlement } = definition
    this.#onEvent = options.onEvent ?? (() => {})
    this.#genesisOrigin = settlement.genesisOrigin
    const transport = http(options.l1.url, { timeout: 10_000, retryCount: 0 })
    const client = createPublicClient({ transport })
    this.#l1 = new L1Source(
      {
        chainId: settlement.l1ChainId,
        portal: settlement.portal,
        confirmations: settlement.confirmations,
        pollMs: options.l1.pollMs ?? 1_000,
        durableHead: options.l1.durableHead,
      },
      { client },
    )
    const ordering = definition.ordering({
      chain,
      l1: this.#l1,
      genesisOrigin: this.#genesisOrigin,
      blockTimeMs: definition.execution.blockTimeMs,
      report: (error) => this.#report(error),
    })
    this.#loop = new SealingLoop(
      { blockTimeMs: definition.execution.blockTimeMs, onError: (error) => this.#warn(error) },
      { chain, ordering },
    )
    if (options.proposer)
      this.#proposer = new OutputProposer(
        {
          oracle: settlement.outputOracle,
          pollMs: options.proposer.pollMs ?? 2_000,
          idleSeconds: options.proposer.idleSeconds ?? 120,
        },
        {
          chain,
          client,
          wallet: createWalletClient({
            transport,
            account: privateKeyToAccount(options.proposer.privateKey),
          }),
        },
      )
  }

  get rpc(): RpcServer {
    return this.#rpc!
  }

  async start(): Promise<void> {
    const { chain, cleanup } = this
    this.#rpc = await createRpcServer(
      { ...this.definition.rpc, ...this.options.rpc },
      { chain, extraMethods: [...statusMethods(this), ...this.#databaseMethods()] },
    )
    cleanup.defer(() => this.#rpc!.close())
    const unsubscribe = chain.events.on('head', ({ added }) => {
      for (const block of added) this.#count(block)
    })
    cleanup.defer(unsubscribe)
    await this.#l1.start(originOf(chain, chain.head, this.#genesisOrigin))
    cleanup.use(this.#l1)
    this.#loop.start()
    cleanup.use(this.#loop)
    if (this.#proposer) {
      this.#proposer.start()
      cleanup.use(this.#proposer)
    }
    const watch = setInterval(() => this.#watchL1(), 500)
    cleanup.defer(async () => {
      clearInterval(watch)
      await this.#rewinding
    })
    this.#emit('info', `head is block ${chain.head.header.number}, ${this.#rpc.url}`)
  }

  #databaseMethods(): RpcMethod[] {
    const state = this.#state
    return this.options.admin && state instanceof MetisDb ? databaseMethods({ chain: this.chain, state }) : []
  }

  stop(): Promise<void> {
    this.#stopping ??= this.cleanup.run()
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  health(): Health {
    if (this.#stopping) return { status: 'stopped', reasons: [] }
    if (this.#halted) return { status: 'halted', reasons: [this.#halted] }
    const errors = [this.#loop.lastError, this.#l1.status().error, this.#proposer?.status().error]
    const reasons = errors.filter((error) => error !== undefined).map((error) => (error as Error).message)
    if (this.#loop.lastError !== undefined) return { status: 'halted', reasons }
    return { status: reasons.length > 0 ? 'degraded' : 'ok', reasons }
  }

  status(): NodeStatus {
    const { head, pool } = this.chain
    const l1 = this.#l1.status()
    const outputs = this.#proposer?.status()
    return {
      name: this.definition.name,
      chainId: this.definition.chainId,
      health: this.health(),
      head: { number: head.header.number, hash: head.hash, timestamp: head.header.timestamp },
      l1: { connected: l1.connected, head: l1.head, origin: originOf(this.chain, head, this.#genesisOrigin) },
      outputs:
        outputs?.outputs === undefined
          ? undefined
          : { count: outputs.outputs, latestBlock: outputs.latest ?? 0n },
      pool: { pending: pool.status().pending, queued: pool.status().queued },
    }
  }

  metrics(): NodeMetrics {
    const pool = this.chain.pool.status()
    return {
      uptimeSeconds: (performance.now() - this.#startedAt) / 1_000,
      blocksSealed: this.#loop.counters.sealed,
      slotsFailed: this.#loop.counters.failed,
      slotsMissed: this.#loop.counters.missedSlots,
      sealingSeconds: this.#loop.counters.busyMs / 1_000,
      transactionsSealed: this.#sealed.transactions,
      depositsSealed: this.#sealed.deposits,
      gasSealed: this.#sealed.gas,
      l1BlocksRead: this.#l1.counters.blocks,
      l1DepositsRead: this.#l1.counters.deposits,
      l1Failures: this.#l1.counters.failures,
      l1Reorganisations: this.#l1.counters.reorganisations,
      outputsProposed: this.#proposer?.counters.proposed ?? 0,
      proposalFailures: this.#proposer?.counters.failures ?? 0,
      headNumber: Number(this.chain.head.header.number),
      poolPending: pool.pending,
      poolQueued: pool.queued,
      vm: this.evm.tiers,
    }
  }

  #count(block: Block): void {
    const deposits = block.transactions.filter((transaction) => transaction.type === 0x7e).length
    this.#sealed.deposits += deposits
    this.#sealed.transactions += block.transactions.length - deposits
    this.#sealed.gas += Number(block.header.gasUsed)
  }

  /** L1's state changes rarely, so that each change is worth one line. */
  #watchL1(): void {
    const { error } = this.#l1.status()
    if (error?.code === 'l1Reorg' && !this.#rewinding && !this.#halted)
      this.#rewinding = this.#rewind().finally(() => {
        this.#rewinding = undefined
      })
    this.#warn(error ?? this.#loop.lastError)
  }

  #warn(error: unknown): void {
    const code =
      error === undefined ? undefined : ((error as { code?: string }).code ?? (error as Error).message)
    if (code === this.#warning) return
    this.#warning = code
    if (error === undefined) this.#emit('info', 'all is well again')
    else this.#emit('warn', (error as Error).message, { code, error })
  }

  /** A fault that comes back with every block is told once. */
  #report(error: unknown): void {
    const { message } = error as Error
    if (message === this.#reported) return
    this.#reported = message
    this.#emit('warn', `the block was built without the pool: ${message}`, { error })
  }

  async #rewind(): Promise<void> {
    const { chain } = this
    await this.#loop.stop()
    try {
      const target = await lastCanonicalBlock(chain, this.#l1, this.#genesisOrigin)
      this.#emit(
        'warn',
        `L1 reorganised: going back from block ${chain.head.header.number} to ${target.header.number}`,
      )
      await chain.setHead(target.hash)
      await this.#l1.start(originOf(chain, target, this.#genesisOrigin))
    } catch (error) {
      const lasting = error instanceof RollupError && error.code === 'l1Reorg'
      if (lasting) this.#halted = error.message
      this.#emit('warn', (error as Error).message)
    }
    if (!this.#halted && !this.#stopping) this.#loop.start()
  }

  #emit(level: NodeEvent['level'], message: string, meta?: Record<string, unknown>): void {
    this.#onEvent({ level, chain: this.definition.name, message, ...(meta ? { meta } : {}) })
  }
}
