import { bytesToHex } from '@metis-stack/kernel'
import type { Account, Fork } from '@metis-stack/metisvm'
import type { ChainConfig } from '../config/config.js'
import { toEvmAuthorization } from '../execution/toEvm.js'
import type { Hex } from '../types/hex.js'
import type { SignedTransaction, Transaction } from '../types/transaction.js'
import { createEntry, effectiveTip, outbids, type PoolEntry } from './entry.js'
import { evictionOrder } from './eviction.js'
import { defaultPoolOptions, type PoolOptions } from './options.js'
import { Selection } from './selection.js'
import { SenderQueue } from './senderQueue.js'
import { checkSigned, checkTransaction, refuse, senderKind } from './validate.js'

/** What the pool sees of the chain: always of the head. */
export interface PoolState {
  /** Of the next block. */
  fork(): Fork
  /** Of the next block. */
  gasLimit(): bigint
  /** wei per gas, of the next block */
  baseFee(): bigint
  account(address: Hex): Account | undefined
  code(hash: Uint8Array): Uint8Array
}

export type PoolModules = {
  config: ChainConfig
  state: PoolState
  /** Called once for each transaction that is accepted. */
  onAccepted?: (transaction: SignedTransaction) => void
}

/** One part of the pool's limits is kept free after an eviction, so that a full pool does not sort itself at each arrival. */
const slack = 0.01

/** Transactions that wait for a block, by sender and nonce. Synchronous; holds no I/O. */
export class TransactionPool {
  readonly #options: PoolOptions
  readonly #modules: PoolModules
  readonly #senders = new Map<Hex, SenderQueue>()
  readonly #byHash = new Map<Hex, PoolEntry>()
  /** How many pooled type-4 transactions carry an authorization of the account. */
  readonly #authorities = new Map<Hex, number>()
  #bytes = 0
  #arrivals = 0
  /** Tip below which a newcomer would be evicted at once; known after an eviction, until the next head. */
  #floor: bigint | undefined

  constructor(options: Partial<PoolOptions>, modules: PoolModules) {
    this.#options = { ...defaultPoolOptions, ...options }
    this.#modules = modules
  }

  get(hash: Hex): SignedTransaction | undefined {
    return this.#byHash.get(hash)?.transaction
  }

  has(hash: Hex): boolean {
    return this.#byHash.has(hash)
  }

  /** bytes of a pooled transaction's encoding; 0 when it is not here */
  sizeOf(hash: Hex): number {
    return this.#byHash.get(hash)?.size ?? 0
  }

  /** The sender's next nonce after its executable transactions here. */
  pendingNonce(address: Hex): bigint {
    const sender = this.#senders.get(address)
    return sender ? sender.nextNonce : (this.#modules.state.account(address)?.nonce ?? 0n)
  }

  /** Executable (`pending`) and waiting for an earlier nonce (`queued`), by sender and nonce. */
  content(): { pending: SignedTransaction[]; queued: SignedTransaction[] } {
    const pending: SignedTransaction[] = []
    const queued: SignedTransaction[] = []
    for (const sender of this.#senders.values()) {
      const next = sender.nextNonce
      for (const { transaction } of sender.entries())
        (transaction.nonce < next ? pending : queued).push(transaction)
    }
    return { pending, queued }
  }

  status(): { pending: number; queued: number; bytes: number } {
    let pending = 0
    for (const sender of this.#senders.values()) pending += Number(sender.nextNonce - sender.nonce)
    return { pending, queued: this.#byHash.size - pending, bytes: this.#bytes }
  }

  /** Executable transactions for a block with this base fee, best tip first. */
  select(baseFee: bigint): Selection {
    return new Selection(this.#senders.values(), baseFee)
  }

  /**
   * Takes a transaction, or replaces the one of the same sender and nonce.
   *
   * @throws {PoolError}
   */
  add(transaction: Transaction): void {
    const { config, state } = this.#modules
    if (this.#byHash.has(transaction.hash)) refuse('alreadyKnown', 'The transaction is already in the pool.')
    const fork = state.fork()
    checkSigned(transaction)
    const entry = createEntry(transaction, this.#arrivals++, authoritiesOf(transaction))
    checkTransaction(entry, { config, fork, gasLimit: state.gasLimit(), options: this.#options })

    const account = state.account(transaction.from)
    const sender =
      this.#senders.get(transaction.from) ??
      new SenderQueue(transaction.from, account ?? { nonce: 0n, balance: 0n })
    this.#checkSender(entry, sender, account)
    const replaced = sender.at(transaction.nonce)
    this.#checkRoom(entry, replaced)

    if (replaced) this.#forget(replaced)
    this.#senders.set(sender.address, sender)
    sender.set(entry)
    this.#byHash.set(transaction.hash, entry)
    this.#bytes += entry.size
    this.#countAuthorities(entry, 1)
    this.#evict()
    if (!this.#byHash.has(transaction.hash)) refuse('underpriced', 'The pool is full of better transactions.')
    this.#modules.onAccepted?.(transaction)
  }

  remove(hash: Hex): boolean {
    const entry = this.#byHash.get(hash)
    if (entry) this.#forget(entry)
    return entry !== undefined
  }

  /**
   * Follows the head: drops what is mined or can no longer pay. `touched`: accounts that changed, all when absent.
   * `returned`: transactions of blocks that a reorganisation took away.
   */
  follow(change: { touched?: Iterable<Hex>; returned?: Transaction[] }): void {
    this.#floor = undefined
    for (const address of change.touched ?? [...this.#senders.keys()]) {
      const sender = this.#senders.get(address)
      if (!sender) continue
      const account = this.#modules.state.account(address)
      for (const entry of sender.settle(account ?? { nonce: 0n, balance: 0n })) this.#unlist(entry)
      if (senderKind(account, this.#modules.state.code) === 'contract')
        for (const entry of sender.entries()) this.#forget(entry)
      if (sender.size === 0) this.#senders.delete(address)
    }
    for (const transaction of change.returned ?? []) {
      try {
        this.add(transaction)
      } catch {
        // Taken back only if it still fits: its sender may have replaced it, or run out of funds.
      }
    }
  }

  #checkSender(entry: PoolEntry, sender: SenderQueue, account: Account | undefined): void {
    const { nonce } = entry.transaction
    const kind = senderKind(account, this.#modules.state.code)
    if (kind === 'contract') refuse('senderNotEoa', 'The sender is a contract (EIP-3607).')
    if (nonce < sender.nonce) refuse('nonceTooLow', `Nonce ${nonce} is used; the next is ${sender.nonce}.`)
    if (nonce > sender.nonce + this.#options.maxNonceGap)
      refuse('nonceGapTooLarge', `Nonce ${nonce} is too far from the next, ${sender.nonce}.`)
    const replaced = sender.at(nonce)
    const restricted = kind === 'delegated' || this.#authorities.has(sender.address)
    if (restricted && nonce !== sender.nonce)
      refuse('delegatedSenderLimit', 'A delegated account may have one transaction at a time (EIP-7702).')
    if (entry.authorities.some((authority) => (this.#senders.get(authority)?.size ?? 0) > 1))
      refuse(
        'delegatedSenderLimit',
        'A signer of an authorization has several transactions pending (EIP-7702).',
      )
    if (replaced && !outbids(entry, replaced, this.#options.priceBump))
      refuse('replacementUnderpriced', `Both fees must rise by ${this.#options.priceBump} %.`)
    if (!replaced && sender.size >= this.#options.maxPerSender)
      refuse('senderLimit', `The sender has ${sender.size} transactions already.`)
    const cost = sender.cost - (replaced?.cost ?? 0n) + entry.cost
    if (cost > sender.balance)
      refuse(
        'insufficientFunds',
        `The sender's transactions cost ${cost} wei, the balance is ${sender.balance}.`,
      )
  }

  #checkRoom(entry: PoolEntry, replaced: PoolEntry | undefined): void {
    if (entry.size > this.#options.maxBytes) refuse('poolFull', 'The pool has no room for this transaction.')
    if (this.#floor === undefined || replaced) return
    const { maxTransactions, maxBytes } = this.#options
    const nearlyFull =
      this.#byHash.size >= maxTransactions * (1 - slack) || this.#bytes + entry.size > maxBytes * (1 - slack)
    if (nearlyFull && effectiveTip(entry, this.#modules.state.baseFee()) <= this.#floor)
      refuse('underpriced', 'The pool is full of better transactions.')
  }

  #evict(): void {
    const { maxTransactions, maxBytes } = this.#options
    if (this.#byHash.size <= maxTransactions && this.#bytes <= maxBytes) return
    const keep = Math.floor(maxTransactions * (1 - slack))
    const keepBytes = Math.floor(maxBytes * (1 - slack))
    const baseFee = this.#modules.state.baseFee()
    while (this.#byHash.size > keep || this.#bytes > keepBytes) {
      for (const entry of evictionOrder(this.#senders.values(), baseFee)) {
        if (this.#byHash.size <= keep && this.#bytes <= keepBytes) break
        this.#forget(entry)
        this.#floor = effectiveTip(entry, baseFee)
      }
    }
  }

  #forget(entry: PoolEntry): void {
    const sender = this.#senders.get(entry.transaction.from)
    sender?.delete(entry.transaction.nonce)
    if (sender?.size === 0) this.#senders.delete(sender.address)
    this.#unlist(entry)
  }

  #unlist(entry: PoolEntry): void {
    this.#byHash.delete(entry.transaction.hash)
    this.#bytes -= entry.size
    this.#countAuthorities(entry, -1)
  }

  #countAuthorities(entry: PoolEntry, change: 1 | -1): void {
    for (const authority of entry.authorities) {
      const count = (this.#authorities.get(authority) ?? 0) + change
      if (count > 0) this.#authorities.set(authority, count)
      else this.#authorities.delete(authority)
    }
  }
}

function authoritiesOf(transaction: SignedTransaction): Hex[] {
  if (transaction.type !== 4) return []
  return transaction.authorizationList.flatMap((authorization) => {
    const { authority } = toEvmAuthorization(authorization)
    return authority ? [bytesToHex(authority)] : []
  })
}
