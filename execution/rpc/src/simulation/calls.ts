import {
  type Block,
  fromEvmLog,
  gasPerBlob,
  type Header,
  type IncludedLog,
  type Log,
  logsBloom,
  type Receipt,
  type Transaction,
  toEvmTransaction,
} from '@metis-stack/chain'
import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import type { ExecutionResult, Session, TracingEvm } from '@metis-stack/metisvm'
import { RpcError } from '../errors.js'
import { failureText } from '../execution-errors.js'
import type { ParsedCall } from '../params/call.js'
import type { Hex } from '../params/hex.js'
import { invalidCall, simulationCode } from './errors.js'
import { asTransaction, zeroAddress } from './transaction.js'
import { transferLog } from './transfers.js'
import { TransferTracer } from './transferTracer.js'

/** Outcome of one call. */
export type SimulatedCall = {
  output: Hex
  gasUsed: bigint
  /** before refunds */
  maxUsedGas: bigint
  logs: IncludedLog[]
  /** Absent when the call succeeded. */
  failure?: { message: string; reverted: boolean }
}

export type BlockCallsOptions = {
  header: Header
  chainId: bigint
  validation: boolean
  /** The engine of the session, when transfers are to be told as logs. */
  tracing: TracingEvm | undefined
  /** Shared by all blocks of a simulation. */
  gas: { left: bigint }
}

type ExecutedCall = Omit<SimulatedCall, 'logs'> & { logs: Log[] }

/** The calls of one simulated block, as its transactions and receipts. */
export class BlockCalls {
  readonly transactions: Transaction[] = []
  readonly receipts: Receipt[] = []
  gasUsed = 0n
  blobGasUsed = 0n
  readonly #executed: ExecutedCall[] = []

  constructor(
    readonly opts: BlockCallsOptions,
    readonly session: Session,
  ) {}

  /** @throws {RpcError} when the call may not be in the block */
  add(call: ParsedCall): void {
    const transaction = this.#transaction(call)
    const transfers = new TransferTracer()
    const execute = () => this.#execute(transaction, call)
    const { tracing } = this.opts
    const result = tracing ? tracing.trace(transfers, execute) : execute()
    this.opts.gas.left -= result.gasUsed
    this.gasUsed += result.gasUsed
    if (transaction.type === 3)
      this.blobGasUsed += gasPerBlob * BigInt(transaction.blobVersionedHashes.length)
    const logs = result.logs.map(fromEvmLog)
    this.transactions.push(transaction)
    this.receipts.push({
      type: transaction.type,
      status: result.status === 'success' ? 1 : 0,
      cumulativeGasUsed: this.gasUsed,
      logsBloom: logsBloom(logs),
      logs,
    })
    this.#executed.push({
      output: result.status === 'success' ? bytesToHex(result.output) : '0x',
      gasUsed: result.gasUsed,
      maxUsedGas: result.gasUsed + result.gasRefunded,
      logs: tracing ? this.#withTransfers(transaction, result, transfers.result()) : logs,
      ...(result.status !== 'success' && failureOf(result)),
    })
  }

  /** The outcomes, once the block and so its hash are known. */
  finish(block: Block): SimulatedCall[] {
    let logIndex = 0
    const { number: blockNumber, timestamp: blockTimestamp } = block.header
    return this.#executed.map((call, transactionIndex) => ({
      ...call,
      logs: call.logs.map((log) => ({
        ...log,
        blockHash: block.hash,
        blockNumber,
        blockTimestamp,
        transactionHash: this.transactions[transactionIndex]!.hash,
        transactionIndex,
        logIndex: logIndex++,
        removed: false,
      })),
    }))
  }

  #transaction(call: ParsedCall): Transaction {
    const { header, gas, chainId } = this.opts
    const room = header.gasLimit - this.gasUsed
    const wanted = call.gas ?? room
    let granted = wanted
    if (granted > gas.left) granted = gas.left
    if (wanted > room) {
      throw new RpcError(
        simulationCode.blockGasLimit,
        `block gas limit reached: ${this.gasUsed} >= ${header.gasLimit}`,
      )
    }
    const nonce = call.nonce ?? this.session.account(hexToBytes(call.from ?? zeroAddress))?.nonce ?? 0n
    return asTransaction(call, chainId, nonce, granted)
  }

  #execute(transaction: Transaction, call: ParsedCall): ExecutionResult {
    const { validation } = this.opts
    const free = !call.gasPrice && !call.maxFeePerGas && !call.maxPriorityFeePerGas
    try {
      return this.session.transact(toEvmTransaction(transaction), {
        allowContractSender: true,
        skipGasCap: true,
        skipNonce: !validation,
        skipFees: !validation && free,
      })
    } catch (error) {
      throw invalidCall(error)
    }
  }

  /** A failed call shows no logs, but its own transfer still counts in the log indices, as in geth. */
  #withTransfers(transaction: Transaction, result: ExecutionResult, logs: Log[]): Log[] {
    if (result.status === 'success' || transaction.value === 0n || transaction.to === undefined) return logs
    return [transferLog(transaction.from, transaction.to, transaction.value)]
  }
}

function failureOf(result: ExecutionResult): Pick<ExecutedCall, 'failure' | 'output'> {
  const output = bytesToHex(result.output)
  const message = failureText({ status: result.status, halt: result.halt, output })
  return { output, failure: { message, reverted: result.status === 'revert' } }
}
