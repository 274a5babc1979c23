import type { View } from '@metis-stack/metisdb'
import { type Evm, type Fork, InvalidTransactionError } from '@metis-stack/metisvm'
import { createBlock } from '../codec/block.js'
import { receiptsRoot, transactionsRoot, withdrawalsRoot } from '../codec/roots.js'
import type { ChainConfig } from '../config/config.js'
import { isAtLeast } from '../config/forkAt.js'
import { BlockError } from '../errors.js'
import { BlockExecution, type ExecutedBlock } from '../execution/blockExecution.js'
import type { AncestorHash } from '../execution/context.js'
import { nextBaseFee } from '../fees/baseFee.js'
import { blobParameters, nextExcessBlobGas } from '../fees/blobFee.js'
import type { TransactionPool } from '../pool/pool.js'
import type { PayloadAttributes } from '../types/attributes.js'
import type { Block, Header } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import type { Transaction } from '../types/transaction.js'
import {
  emptyRequestsHash,
  emptyUnclesHash,
  maxBlockBytes,
  zeroAddress,
  zeroHash,
  zeroNonce,
} from '../validation/constants.js'
import { validateHeader } from '../validation/header.js'

export type SkippedTransaction = { hash: Hex; code: string }

export type ConstructedBlock = { block: Block; executed: ExecutedBlock; skipped: SkippedTransaction[] }

/** Gas below which no transaction fits. */
const minTransactionGas = 21_000n
/** bytes kept free for header, uncles and withdrawals */
const sizeReserve = 100_000

/**
 * A new block on `parent`: forced deposits, given transactions, then the pool's best that are valid and fit. Without the
 * pool it is a pure function of its arguments.
 *
 * @throws {BlockError} `transaction` when a given transaction is invalid; header errors when the attributes do not fit
 */
export function constructBlock(
  opts: {
    fork: Fork
    parent: Block
    attributes: PayloadAttributes
    ancestorHash: AncestorHash
    /** Stop taking from the pool when true. */
    isOver?: () => boolean
  },
  modules: { config: ChainConfig; evm: Evm; view: View; pool: TransactionPool },
): ConstructedBlock {
  const { fork, parent, attributes, ancestorHash, isOver } = opts
  const { config, pool } = modules
  const draft = draftHeader(config, fork, parent.header, parent.hash, attributes)
  validateHeader(config, fork, draft, parent.header)

  using execution = new BlockExecution({ fork, header: draft, ancestorHash }, modules)
  const transactions: Transaction[] = []
  for (const transaction of [...(attributes.deposits ?? []), ...(attributes.transactions ?? [])]) {
    include(execution, transaction)
    transactions.push(transaction)
  }
  const skipped: SkippedTransaction[] = []
  if (!attributes.noTxPool) fill(execution, pool, draft, transactions, skipped, isOver)

  const withdrawals = isAtLeast(fork, 'shanghai') ? (attributes.withdrawals ?? []) : undefined
  const executed = execution.finish({ uncles: [], withdrawals })
  const header: Header = {
    ...draft,
    stateRoot: executed.stateRoot,
    transactionsRoot: transactionsRoot(transactions),
    receiptsRoot: receiptsRoot(executed.receipts),
    logsBloom: executed.logsBloom,
    gasUsed: executed.gasUsed,
    ...(draft.blobGasUsed !== undefined && { blobGasUsed: executed.blobGasUsed }),
    ...(executed.requestsHash && { requestsHash: executed.requestsHash }),
  }
  return { block: createBlock(header, { transactions, uncles: [], withdrawals }), executed, skipped }
}

function include(execution: BlockExecution, transaction: Transaction): void {
  try {
    execution.add(transaction)
  } catch (error) {
    if (!(error instanceof InvalidTransactionError)) throw error
    throw new BlockError('transaction', `Transaction ${transaction.hash} may not be in the block.`, {
      cause: error,
      meta: { transaction: transaction.hash, code: error.code },
    })
  }
}

function fill(
  execution: BlockExecution,
  pool: TransactionPool,
  header: Header,
  transactions: Transaction[],
  skipped: SkippedTransaction[],
  isOver?: () => boolean,
): void {
  const selection = pool.select(header.baseFeePerGas ?? 0n)
  let room = maxBlockBytes - sizeReserve
  for (let next = selection.next(); next; next = selection.next()) {
    if (execution.gasLeft < minTransactionGas || isOver?.()) return
    const size = pool.sizeOf(next.hash)
    if (next.gas > execution.gasLeft || size > room) {
      selection.skipSender(next.from)
      continue
    }
    try {
      execution.add(next)
      transactions.push(next)
      room -= size
    } catch (error) {
      if (!(error instanceof InvalidTransactionError)) throw error
      skipped.push({ hash: next.hash, code: error.code })
      selection.skipSender(next.from)
    }
  }
}

/** A header with all that is known before execution; the rest is filled with neutral values. */
function draftHeader(
  config: ChainConfig,
  fork: Fork,
  parent: Header,
  parentHash: Hex,
  attributes: PayloadAttributes,
): Header {
  const blobs = blobParameters(config, fork, attributes.timestamp)
  return {
    parentHash,
    sha3Uncles: emptyUnclesHash,
    miner: attributes.feeRecipient ?? config.feeRecipients.coinbase ?? zeroAddress,
    stateRoot: zeroHash,
    transactionsRoot: zeroHash,
    receiptsRoot: zeroHash,
    logsBloom: '0x',
    difficulty: 0n,
    number: parent.number + 1n,
    gasLimit: attributes.gasLimit ?? config.gasLimit,
    gasUsed: 0n,
    timestamp: attributes.timestamp,
    extraData: attributes.extraData ?? '0x',
    mixHash: attributes.prevRandao,
    nonce: zeroNonce,
    ...(isAtLeast(fork, 'london') && { baseFeePerGas: nextBaseFee(config, parent) }),
    ...(isAtLeast(fork, 'shanghai') && { withdrawalsRoot: withdrawalsRoot(attributes.withdrawals ?? []) }),
    ...(blobs && {
      blobGasUsed: 0n,
      excessBlobGas: nextExcessBlobGas(fork, blobs, parent),
      parentBeaconBlockRoot: attributes.parentBeaconBlockRoot ?? zeroHash,
    }),
    ...(isAtLeast(fork, 'prague') && { requestsHash: emptyRequestsHash }),
  }
}
