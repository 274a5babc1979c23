import { bytesToHex } from '@metis-stack/kernel'
import type { State } from '@metis-stack/metisdb'
import { ChainError } from '../errors.js'
import type { ExecutedBlock } from '../execution/blockExecution.js'
import type { BlockStore, StoreBatch } from '../store/blockStore.js'
import type { Block } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import type { IncludedLog } from '../types/receipt.js'
import { headChange } from './forkChoice.js'
import { includeLogs } from './included.js'
import type { Genesis, ImportOptions } from './interface.js'

/** One move of the head, after it is durable. */
export type HeadMove = {
  removed: Block[]
  added: Block[]
  /** Of the removed blocks, then of the added ones. */
  logs: IncludedLog[]
  /** Accounts that changed; `undefined` when not known: any may have. */
  touched: Hex[] | undefined
}

type KeptBlock = NonNullable<StoreBatch['blocks']>[number]

/** Which blocks there are, and where head, safe and finalized stand. What it writes is durable before it shows. */
export class Ledger {
  readonly genesis: Block
  readonly #store: BlockStore
  readonly #onMove: (move: HeadMove) => void
  #head: Block
  #safe: Block
  #finalized: Block

  /** `store` must have begun: see `beginLedger`. */
  constructor(opts: { genesis: Block }, modules: { store: BlockStore; onMove: (move: HeadMove) => void }) {
    this.genesis = opts.genesis
    this.#store = modules.store
    this.#onMove = modules.onMove
    this.#head = this.#pointed('head')
    this.#safe = this.#pointed('safe')
    this.#finalized = this.#pointed('finalized')
  }

  get head(): Block {
    return this.#head
  }

  get safe(): Block {
    return this.#safe
  }

  get finalized(): Block {
    return this.#finalized
  }

  /** @throws {ChainError} `unknownBlock` */
  known(hash: Hex): Block {
    const block = this.#store.block(hash)
    if (!block) throw new ChainError('unknownBlock', `Block ${hash} is not known.`)
    return block
  }

  /** The sum of all difficulties up to a block. */
  totalDifficulty(hash: Hex): bigint {
    return this.#store.info(hash)?.totalDifficulty ?? 0n
  }

  /** State first, then the block in one step: a crash in between leaves nothing that anyone was told of. */
  async keep(block: Block, executed: ExecutedBlock, options: ImportOptions): Promise<void> {
    await executed.overlay.commit()
    const totalDifficulty = this.totalDifficulty(block.header.parentHash) + block.header.difficulty
    const info = { number: block.header.number, totalDifficulty, l1Origin: options.l1Origin }
    const kept = { block, receipts: executed.receipts, info }
    if (options.setHead ?? this.#isBetter(block, totalDifficulty)) {
      const touched = executed.changes.map((change) => bytesToHex(change.address))
      await this.moveHead(block, { kept, touched })
    } else {
      await this.#store.write({ blocks: [kept] })
    }
  }

  /** @throws {ChainError} `reorgBeyondFinalized` */
  async moveHead(head: Block, fresh?: { kept: KeptBlock; touched: Hex[] }): Promise<void> {
    const { removed, added, ancestor } = headChange(this.#head, head, (hash) => this.#store.block(hash))
    if (ancestor.header.number < this.#finalized.header.number)
      throw new ChainError('reorgBeyondFinalized', 'The new head does not descend from the finalized block.')
    const safe = ancestor.header.number < this.#safe.header.number ? ancestor : this.#safe
    const removedLogs = removed.flatMap((block) => this.#logs(block, true))
    await this.#store.write({
      ...(fresh && { blocks: [fresh.kept] }),
      removed,
      added,
      pointers: { head: head.hash, safe: safe.hash },
    })
    this.#head = head
    this.#safe = safe
    this.#onMove({
      removed,
      added,
      logs: [...removedLogs, ...added.flatMap((block) => this.#logs(block, false))],
      touched: removed.length === 0 && added.length === 1 ? fresh?.touched : undefined,
    })
  }

  /** @throws {ChainError} `unknownBlock`, `notCanonical` */
  async setSafe(hash: Hex): Promise<Block> {
    const block = this.#canonical(hash)
    await this.#store.write({ pointers: { safe: hash } })
    this.#safe = block
    return block
  }

  /** @throws {ChainError} `unknownBlock`, `notCanonical` */
  async setFinalized(hash: Hex): Promise<Block> {
    const block = this.#canonical(hash)
    await this.#store.write({ pointers: { finalized: hash } })
    this.#finalized = block
    return block
  }

  /** Most work before Paris; the newest after, where whoever imports has chosen already. */
  #isBetter(block: Block, totalDifficulty: bigint): boolean {
    return block.header.difficulty === 0n || totalDifficulty > this.totalDifficulty(this.#head.hash)
  }

  #logs(block: Block, removed: boolean): IncludedLog[] {
    return includeLogs(block, this.#store.receipts(block.hash) ?? [], removed)
  }

  #canonical(hash: Hex): Block {
    const block = this.known(hash)
    if (this.#store.canonicalHash(block.header.number) !== hash)
      throw new ChainError('notCanonical', `Block ${hash} is not on the canonical chain.`)
    return block
  }

  #pointed(name: 'head' | 'safe' | 'finalized'): Block {
    return this.known(this.#store.pointer(name) ?? this.genesis.hash)
  }
}

/**
 * Writes the genesis into an empty store, or makes sure that the store holds its chain.
 *
 * @throws {ChainError} `genesisMismatch`
 */
export async function beginLedger(store: BlockStore, genesis: Genesis, state: State): Promise<void> {
  const { block } = genesis
  const known = store.pointer('genesis')
  if (known === block.hash) return
  if (known)
    throw new ChainError(
      'genesisMismatch',
      `The folder holds the chain of genesis ${known}, not ${block.hash}.`,
    )
  await genesis.commit(state)
  await store.write({
    blocks: [
      {
        block,
        receipts: [],
        info: { number: 0n, totalDifficulty: block.header.difficulty, l1Origin: undefined },
      },
    ],
    added: [block],
    pointers: { genesis: block.hash, head: block.hash, safe: block.hash, finalized: block.hash },
  })
}
