import { hexToBytes } from '@metis-stack/kernel'
import { type Account, type State, StateNotFoundError, type View } from '@metis-stack/metisdb'
import type { Evm, Fork } from '@metis-stack/metisvm'
import { constructBlock } from '../builder/buildBlock.js'
import type { AccessListResult } from '../call/createAccessList.js'
import { decodeBlock } from '../codec/block.js'
import type { ChainConfig } from '../config/config.js'
import { forkAt, isAtLeast } from '../config/forkAt.js'
import { BlockError, ChainError } from '../errors.js'
import { BlockExecution, type ExecutedBlock } from '../execution/blockExecution.js'
import { executeBlock } from '../execution/executeBlock.js'
import { nextBaseFee } from '../fees/baseFee.js'
import { TransactionPool } from '../pool/pool.js'
import { BlockStore } from '../store/blockStore.js'
import { LmdbKeyValueStore } from '../store/lmdb.js'
import { MemoryKeyValueStore } from '../store/memory.js'
import type { PayloadAttributes } from '../types/attributes.js'
import type { Block } from '../types/block.js'
import type { CallOptions, CallRequest, CallResult } from '../types/call.js'
import type { Hex } from '../types/hex.js'
import type { IncludedLog, IncludedReceipt } from '../types/receipt.js'
import { validateBody } from '../validation/body.js'
import { validateHeader } from '../validation/header.js'
import { validateUncles } from '../validation/uncles.js'
import { EventHub } from './events.js'
import { History } from './history.js'
import { includeReceipts } from './included.js'
import type {
  BlockTag,
  BuildOptions,
  BuiltBlock,
  ChainModules,
  ChainOptions,
  Genesis,
  ImportOptions,
  LogFilter,
  TransactionLookup,
} from './interface.js'
import { beginLedger, type HeadMove, Ledger } from './ledger.js'
import { Mutex } from './mutex.js'
import { Simulator } from './simulator.js'

const defaults = { maxLogs: 10_000, maxLogRange: 100_000n, callGasCap: 50_000_000n }

/**
 * One chain: its history, its head, its pool, and the ways to grow it. Reads are synchronous; `produce`, `importBlock` and
 * `setHead` run one after the other. A block is announced only when its state and then the block itself are durable.
 */
export class Chain implements AsyncDisposable {
  readonly config: ChainConfig
  readonly genesis: Block
  readonly pool: TransactionPool
  readonly events = new EventHub()
  readonly #genesis: Genesis
  readonly #onReplay: NonNullable<ChainOptions['onReplay']>
  readonly #evm: Evm
  readonly #state: State
  readonly #store: BlockStore
  readonly #history: History
  readonly #simulator: Simulator
  readonly #ledger: Ledger
  readonly #mutex = new Mutex()

  /**
   * Opens the chain at `opts.path`, or begins it with its genesis. Where the state is behind the blocks, or gone, blocks are executed
   * again.
   *
   * @throws {ChainError} `genesisMismatch` when the folder holds another chain
   * @throws {BlockError} when a block's state cannot be had again
   */
  static async open(opts: ChainOptions, modules: ChainModules): Promise<Chain> {
    const store = new BlockStore(
      opts.path === undefined ? new MemoryKeyValueStore() : new LmdbKeyValueStore(opts.path),
    )
    try {
      await beginLedger(store, modules.genesis, modules.state)
      const chain = new Chain(opts, modules, store)
      await chain.#ensureState(chain.head)
      return chain
    } catch (error) {
      await store.close()
      throw error
    }
  }

  private constructor(opts: ChainOptions, modules: ChainModules, store: BlockStore) {
    this.config = modules.config
    this.genesis = modules.genesis.block
    this.#genesis = modules.genesis
    this.#onReplay = opts.onReplay ?? (() => {})
    this.#evm = modules.evm
    this.#state = modules.state
    this.#store = store
    this.#ledger = new Ledger({ genesis: this.genesis }, { store, onMove: (move) => this.#announce(move) })
    const { config } = this
    this.#history = new History(
      { maxLogs: opts.maxLogs ?? defaults.maxLogs, maxRange: opts.maxLogRange ?? defaults.maxLogRange },
      { config, store },
    )
    this.#simulator = new Simulator(
      { gasCap: opts.callGasCap ?? defaults.callGasCap },
      { config, evm: this.#evm, contextOf: (options) => this.#callContext(options) },
    )
    this.pool = new TransactionPool(opts.pool ?? {}, {
      config,
      state: {
        fork: () => this.#nextFork(),
        gasLimit: () => config.gasLimit,
        baseFee: () => this.nextBaseFee(),
        account: (address) => this.account(address),
        code: (hash) => this.viewAt(this.head.hash).code(hash),
      },
      onAccepted: (transaction) => this.events.emit('pending', transaction),
    })
  }

  /** The engine that blocks of this chain run on. */
  get evm(): Evm {
    return this.#evm
  }

  get head(): Block {
    return this.#ledger.head
  }

  get safe(): Block {
    return this.#ledger.safe
  }

  get finalized(): Block {
    return this.#ledger.finalized
  }

  /** Of the canonical chain. */
  blockByNumber(number: bigint): Block | undefined {
    return this.#history.blockByNumber(number)
  }

  /** Of any branch. */
  blockByHash(hash: Hex): Block | undefined {
    return this.#history.blockByHash(hash)
  }

  /** `pending` is the head: transactions become visible with their block. */
  blockByTag(tag: BlockTag): Block {
    if (tag === 'earliest') return this.genesis
    if (tag === 'safe') return this.safe
    return tag === 'finalized' ? this.finalized : this.head
  }

  receipts(blockHash: Hex): IncludedReceipt[] | undefined {
    return this.#history.receipts(blockHash)
  }

  receipt(transactionHash: Hex): IncludedReceipt | undefined {
    return this.#history.receipt(transactionHash)
  }

  /** A mined transaction of the canonical chain. */
  transaction(hash: Hex): TransactionLookup | undefined {
    return this.#history.transaction(hash)
  }

  /** @throws {ChainError} `logRangeTooWide`, `tooManyLogs` */
  logs(filter: LogFilter): IncludedLog[] {
    return this.#history.logs(filter)
  }

  /**
   * The state after a block.
   *
   * @throws {ChainError} `unknownBlock`, `statePruned`
   */
  viewAt(blockHash: Hex): View {
    const { header } = this.#ledger.known(blockHash)
    try {
      return this.#state.at(hexToBytes(header.stateRoot))
    } catch (error) {
      throw error instanceof StateNotFoundError ? statePruned(header.number, this.oldestState, error) : error
    }
  }

  /** Number of the oldest canonical block whose state is kept. */
  get oldestState(): bigint {
    let missing = -1n
    let kept = this.head.header.number
    while (kept - missing > 1n) {
      const middle = (kept + missing) / 2n
      const { stateRoot } = this.#history.blockByNumber(middle)!.header
      if (this.#state.has(hexToBytes(stateRoot))) kept = middle
      else missing = middle
    }
    return kept
  }

  account(address: Hex, blockHash: Hex = this.head.hash): Account | undefined {
    return this.viewAt(blockHash).account(hexToBytes(address))
  }

  /** wei per gas of the block after `block` */
  nextBaseFee(block: Block = this.head): bigint {
    return isAtLeast(this.#nextFork(), 'london') ? nextBaseFee(this.config, block.header) : 0n
  }

  /** What the builder of the block said of its origin. */
  l1Origin(blockHash: Hex): Hex | undefined {
    return this.#store.info(blockHash)?.l1Origin
  }

  /**
   * A known block, opened again on its parent's state with none of its transactions executed: to execute it with another
   * engine, such as one that traces. The caller disposes it.
   *
   * @throws {ChainError} `unknownBlock` for genesis, whose parent is not known
   */
  reopen(block: Block, evm: Evm = this.#evm): BlockExecution {
    const { header } = block
    const parent = this.#ledger.known(header.parentHash)
    return new BlockExecution(
      {
        fork: this.#forkOn(parent, header.number, header.timestamp),
        header,
        ancestorHash: this.#history.ancestorHash(parent),
      },
      { config: this.config, evm, view: this.viewAt(parent.hash) },
    )
  }

  /** @throws {InvalidTransactionError | ChainError} */
  call(request: CallRequest, options: CallOptions = {}): CallResult {
    return this.#simulator.call(request, options)
  }

  /** @throws {EstimationError | InvalidTransactionError | ChainError} */
  estimateGas(request: CallRequest, options: CallOptions = {}): bigint {
    return this.#simulator.estimateGas(request, options)
  }

  /** @throws {InvalidTransactionError | ChainError} */
  createAccessList(request: CallRequest, options: CallOptions = {}): AccessListResult {
    return this.#simulator.createAccessList(request, options)
  }

  /**
   * A block on the head, or on another parent, executed but not kept.
   *
   * @throws {BlockError}
   */
  buildBlock(attributes: PayloadAttributes, options: BuildOptions = {}): BuiltBlock {
    const { block, executed, skipped } = this.#construct(attributes, options)
    return {
      block,
      receipts: includeReceipts(this.config, block, executed.receipts),
      tips: executed.tips,
      skipped,
    }
  }

  /**
   * Builds on the head, keeps the block and makes it the head. Resolved: durable.
   *
   * @throws {BlockError}
   */
  produce(attributes: PayloadAttributes, options: Omit<BuildOptions, 'parentHash'> = {}): Promise<Block> {
    return this.#mutex.run(async () => {
      const { block, executed, skipped } = this.#construct(attributes, options)
      // Valid for no block at this nonce and state: keeping them would only try them again.
      for (const { hash, code } of skipped) if (!mayFitLater.has(code)) this.pool.remove(hash)
      await this.#ledger.keep(block, executed, { l1Origin: attributes.l1Origin, setHead: true })
      return block
    })
  }

  /**
   * Checks a block in full and keeps it. It becomes the head by the rule of its fork (most work before Paris, the newest
   * after), or as `setHead` says.
   *
   * @throws {BlockError}
   */
  importBlock(block: Block | Uint8Array, options: ImportOptions = {}): Promise<Block> {
    return this.#mutex.run(async () => {
      const decoded = block instanceof Uint8Array ? decodeBlock(block) : block
      const known = this.#store.block(decoded.hash)
      if (known) {
        if (options.setHead) await this.#ledger.moveHead(known)
        return known
      }
      const executed = await this.#verify(decoded)
      await this.#ledger.keep(decoded, executed, options)
      return decoded
    })
  }

  /**
   * Makes a known block the head, with a reorganisation if need be; a state that is pruned is made again.
   *
   * @throws {ChainError} `unknownBlock`, `reorgBeyondFinalized`
   */
  setHead(hash: Hex): Promise<void> {
    return this.#mutex.run(async () => {
      const block = this.#ledger.known(hash)
      await this.#ensureState(block)
      await this.#ledger.moveHead(block)
    })
  }

  /** @throws {ChainError} `unknownBlock`, `notCanonical` */
  setSafe(hash: Hex): Promise<void> {
    return this.#mutex.run(async () => this.events.emit('safe', await this.#ledger.setSafe(hash)))
  }

  /** @throws {ChainError} `unknownBlock`, `notCanonical` */
  setFinalized(hash: Hex): Promise<void> {
    return this.#mutex.run(async () => this.events.emit('finalized', await this.#ledger.setFinalized(hash)))
  }

  /**
   * Copies all blocks to an empty folder that `Chain.open` takes as its path, while blocks are written. The state of its head is in a
   * copy of the state that is begun after this is resolved.
   *
   * @throws {ChainError} `notOnDisk`
   */
  backup(folder: string): Promise<void> {
    return this.#mutex.run(() => this.#store.backup(folder))
  }

  /** Waits for what is under way. The state stays open: it belongs to whoever opened it. */
  async close(): Promise<void> {
    await this.#mutex.run(() => this.#store.close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #construct(attributes: PayloadAttributes, options: BuildOptions) {
    const parent = options.parentHash ? this.#ledger.known(options.parentHash) : this.head
    const { timeBudgetMs } = options
    const start = timeBudgetMs === undefined ? 0 : performance.now()
    return constructBlock(
      {
        fork: this.#forkOn(parent, parent.header.number + 1n, attributes.timestamp),
        parent,
        attributes,
        ancestorHash: this.#history.ancestorHash(parent),
        ...(timeBudgetMs !== undefined && { isOver: () => performance.now() - start > timeBudgetMs }),
      },
      { config: this.config, evm: this.#evm, view: this.viewAt(parent.hash), pool: this.pool },
    )
  }

  async #verify(block: Block): Promise<ExecutedBlock> {
    const { config } = this
    const { header } = block
    const parent = this.#store.block(header.parentHash)
    if (!parent) throw new BlockError('unknownParent', `Parent ${header.parentHash} is not known.`)
    const fork = this.#forkOn(parent, header.number, header.timestamp)
    validateHeader(config, fork, header, parent.header)
    validateBody(config, fork, block)
    validateUncles(config, block, (hash) => this.#store.block(hash))
    await this.#ensureState(parent)
    return this.#execute(block, parent)
  }

  #execute(block: Block, parent: Block): ExecutedBlock {
    const fork = this.#forkOn(parent, block.header.number, block.header.timestamp)
    return executeBlock(
      { fork, block, ancestorHash: this.#history.ancestorHash(parent) },
      { config: this.config, evm: this.#evm, view: this.viewAt(parent.hash) },
    )
  }

  /** Makes the state of a block that is pruned or lost: executes its ancestors again, from the nearest whose state is there. */
  async #ensureState(block: Block): Promise<void> {
    const missing: Hex[] = []
    let at = block
    while (!this.#state.has(hexToBytes(at.header.stateRoot))) {
      if (at.hash === this.genesis.hash) {
        await this.#genesis.commit(this.#state)
        break
      }
      missing.push(at.hash)
      at = this.#ledger.known(at.header.parentHash)
    }
    for (let hash = missing.pop(); hash; hash = missing.pop()) {
      const next = this.#ledger.known(hash)
      await this.#execute(next, at).overlay.commit()
      at = next
      this.#onReplay({ block: at.header.number, to: block.header.number })
    }
  }

  #announce({ removed, added, logs, touched }: HeadMove): void {
    const mined = new Set(added.flatMap((block) => block.transactions.map((transaction) => transaction.hash)))
    const returned = removed
      .flatMap((block) => block.transactions)
      .filter((transaction) => transaction.type !== 0x7e && !mined.has(transaction.hash))
    this.pool.follow({ touched, returned })
    if (added.length === 0 && removed.length === 0) return
    this.events.emit('head', { head: this.head, added, removed })
    if (logs.length > 0) this.events.emit('logs', logs)
  }

  #callContext(options: CallOptions) {
    const block = options.block ? this.#ledger.known(options.block) : this.head
    return {
      block,
      fork: this.#forkOf(block),
      view: this.viewAt(block.hash),
      ancestorHash: this.#history.ancestorHash(block),
    }
  }

  #forkOf(block: Block): Fork {
    const parentTotalDifficulty = this.#ledger.totalDifficulty(block.header.parentHash)
    return forkAt(this.config, { ...block.header, parentTotalDifficulty })
  }

  #forkOn(parent: Block, number: bigint, timestamp: bigint): Fork {
    const parentTotalDifficulty = this.#ledger.totalDifficulty(parent.hash)
    return forkAt(this.config, { number, timestamp, parentTotalDifficulty })
  }

  #nextFork(): Fork {
    return this.#forkOn(this.head, this.head.header.number + 1n, this.head.header.timestamp)
  }
}

function statePruned(number: bigint, oldest: bigint, cause: unknown): ChainError {
  return new ChainError(
    'statePruned',
    `The state of block ${number} is pruned; the oldest that is kept is that of block ${oldest}.`,
    { meta: { number, oldest }, cause },
  )
}

/** Reasons to skip a pool transaction that may be gone in the next block. */
const mayFitLater: ReadonlySet<string> = new Set(['gasLimitAboveBlock', 'feeBelowBaseFee', 'nonceTooHigh'])
