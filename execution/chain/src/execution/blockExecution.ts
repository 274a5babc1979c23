import { bigIntToBytes, bytesToHex, hexToBytes, keccak256, rlp } from '@metis-stack/kernel'
import type { Overlay, StateChanges, View } from '@metis-stack/metisdb'
import {
  type Evm,
  type ExecutionResult,
  type Fork,
  InvalidTransactionError,
  type Session,
} from '@metis-stack/metisvm'
import { logsBloom } from '../codec/bloom.js'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import { effectiveGasPrice } from '../fees/baseFee.js'
import { blobParameters, gasPerBlob } from '../fees/blobFee.js'
import type { Header, Withdrawal } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import type { Receipt } from '../types/receipt.js'
import type { Transaction } from '../types/transaction.js'
import { type AncestorHash, type ExecutionHeader, environmentOf, rulesOf } from './context.js'
import { applyDaoFork } from './daoTransition.js'
import { requestsHash } from './requestsHash.js'
import { payRewards, payWithdrawals } from './rewards.js'
import { closingRequests, openingCalls } from './systemCalls.js'
import { fromEvmLog, toEvmTransaction } from './toEvm.js'
import { checkTransactionRules } from './transactionRules.js'

/** A receipt with what the store keeps beside it. */
export type ExecutedReceipt = Receipt & { gasUsed: bigint; contractAddress: Hex | undefined }

export type ExecutedBlock = {
  receipts: ExecutedReceipt[]
  gasUsed: bigint
  blobGasUsed: bigint
  logsBloom: Hex
  stateRoot: Hex
  /** `undefined` before Prague */
  requestsHash: Hex | undefined
  changes: StateChanges
  /** Not durable before `overlay.commit()`. */
  overlay: Overlay
  /** wei above the base fee, paid to the coinbase */
  tips: bigint
}

/**
 * One block in execution: opened, transactions added one by one, finished. Shared by builder and import, so that both mean
 * the same. A pure function of config, header, state and transactions: no clock, no randomness.
 */
export class BlockExecution implements Disposable {
  readonly #config: ChainConfig
  readonly #fork: Fork
  readonly #header: ExecutionHeader
  readonly #view: View
  readonly #session: Session
  readonly #receipts: ExecutedReceipt[] = []
  /** Outcomes of transactions that are still to be added, the next one last. */
  #ahead: ExecutionResult[] = []
  readonly #maxBlobGas: bigint
  #gasUsed = 0n
  #blobGasUsed = 0n
  #tips = 0n

  constructor(
    opts: { fork: Fork; header: ExecutionHeader; ancestorHash: AncestorHash },
    modules: { config: ChainConfig; evm: Evm; view: View },
  ) {
    const { fork, header, ancestorHash } = opts
    const { config, evm, view } = modules
    this.#config = config
    this.#fork = fork
    this.#header = header
    this.#view = view
    this.#maxBlobGas = (blobParameters(config, fork, header.timestamp)?.max ?? 0n) * gasPerBlob
    this.#session = evm.begin(
      rulesOf(config, fork, header.timestamp),
      environmentOf(config, fork, header, ancestorHash),
      view,
    )
    if (config.daoForkBlock === header.number) applyDaoFork(this.#session)
    openingCalls(this.#session, fork, header)
  }

  get gasUsed(): bigint {
    return this.#gasUsed
  }

  get gasLeft(): bigint {
    return this.#header.gasLimit - this.#gasUsed
  }

  /** After the transactions so far. */
  nonceOf(address: Hex): bigint {
    return this.#session.account(hexToBytes(address))?.nonce ?? 0n
  }

  /**
   * Executes the transactions that will be added next, as far as they may follow one another: `add` then has their outcomes already. For
   * blocks of which nothing can be left out: what `add` refuses afterwards has been executed, so that the whole execution is void.
   */
  executeAhead(transactions: readonly Transaction[]): void {
    // Receipts have the state root after each transaction there.
    if (!isAtLeast(this.#fork, 'byzantium')) return
    this.#ahead = this.#session.transactAll(transactions.map(toEvmTransaction), this.gasLeft).reverse()
  }

  /**
   * Executes one transaction. When it throws, nothing has changed and the block can go on without it.
   *
   * @throws {InvalidTransactionError}
   */
  add(transaction: Transaction): ExecutedReceipt {
    checkTransactionRules(this.#config, this.#fork, transaction)
    if (transaction.gas > this.gasLeft)
      throw new InvalidTransactionError('gasLimitAboveBlock', {
        gas: String(transaction.gas),
        left: String(this.gasLeft),
      })
    const blobGas = transaction.type === 3 ? gasPerBlob * BigInt(transaction.blobVersionedHashes.length) : 0n
    if (this.#blobGasUsed + blobGas > this.#maxBlobGas && blobGas > 0n)
      throw new InvalidTransactionError('tooManyBlobs', { reason: 'the block has no room for these blobs' })

    const result = this.#ahead.pop() ?? this.#session.transact(toEvmTransaction(transaction))
    this.#gasUsed += result.gasUsed
    this.#blobGasUsed += blobGas
    if (transaction.type !== 0x7e) {
      const baseFee = this.#header.baseFeePerGas ?? 0n
      this.#tips += (effectiveGasPrice(transaction, baseFee) - baseFee) * result.gasUsed
    }
    const receipt = this.#receipt(transaction, result)
    this.#receipts.push(receipt)
    return receipt
  }

  #receipt(transaction: Transaction, result: ExecutionResult): ExecutedReceipt {
    const logs = result.logs.map(fromEvmLog)
    const outcome = isAtLeast(this.#fork, 'byzantium')
      ? { status: result.status === 'success' ? (1 as const) : (0 as const) }
      : { root: this.#intermediateRoot() }
    return {
      type: transaction.type,
      ...outcome,
      cumulativeGasUsed: this.#gasUsed,
      logsBloom: logsBloom(logs),
      logs,
      gasUsed: result.gasUsed,
      contractAddress: contractAddress(transaction, result),
    }
  }

  #intermediateRoot(): Hex {
    return bytesToHex(this.stateSoFar().root)
  }

  /** The state after the transactions so far, without what the block's end will add. Never durable. */
  stateSoFar(): View {
    const overlay = this.#view.overlay()
    overlay.apply(this.#session.changes())
    overlay.root()
    return overlay.view()
  }

  /**
   * Requests, withdrawals and rewards, then the state root.
   *
   * @throws {BlockError} `systemCall`, `requestsHash`
   */
  finish(body: { uncles: Header[]; withdrawals: Withdrawal[] | undefined }): ExecutedBlock {
    const logs = this.#receipts.flatMap((receipt) => receipt.logs)
    const requests = closingRequests(this.#session, this.#config, this.#fork, logs)
    payWithdrawals(this.#session, body.withdrawals ?? [])
    if (this.#config.kind === 'ethereum') payRewards(this.#session, this.#fork, this.#header, body.uncles)
    const changes = this.#session.changes()
    const overlay = this.#view.overlay()
    overlay.apply(changes)
    return {
      receipts: this.#receipts,
      gasUsed: this.#gasUsed,
      blobGasUsed: this.#blobGasUsed,
      logsBloom: logsBloom(logs),
      stateRoot: bytesToHex(overlay.root()),
      requestsHash: isAtLeast(this.#fork, 'prague') ? requestsHash(requests) : undefined,
      changes,
      overlay,
      tips: this.#tips,
    }
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]()
  }
}

/** Where a creation went, or would have gone: as in other clients, a failed one has an address too. */
function contractAddress(transaction: Transaction, result: ExecutionResult): Hex | undefined {
  if (result.createdAddress) return bytesToHex(result.createdAddress)
  if (transaction.to !== undefined || transaction.type === 0x7e) return undefined
  const seed = rlp.encode([hexToBytes(transaction.from), bigIntToBytes(transaction.nonce)])
  return bytesToHex(keccak256(seed).subarray(12))
}
