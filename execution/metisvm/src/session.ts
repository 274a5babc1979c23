import { hexToBytes } from '@metis-stack/kernel'
import { transactAll } from './batch.js'
import { readAccount, readChanges, readResult } from './decode.js'
import { writeEnvironment, writeTransaction } from './encode.js'
import { EvmError, InvalidTransactionError } from './errors.js'
import { SessionHost } from './host.js'
import type {
  Account,
  BlockEnv,
  ChainRules,
  EvmTransaction,
  ExecutionResult,
  Relaxations,
  Session,
  StateChanges,
  StateOverride,
  StateReader,
} from './interface.js'
import { invalidCodes } from './kernel/codes.js'
import type { Kernel } from './kernel/kernel.js'
import { exchange } from './kernel/layout.js'
import { maxU64, writeWord } from './kernel/words.js'

const systemAddress = hexToBytes('0xfffffffffffffffffffffffffffffffffffffffe')

/** An address goes to the kernel at `exchange`, what accompanies it behind. */
const second = exchange + 32
const third = exchange + 64

/** A session on one kernel, which goes back to the pool when it is disposed. */
export class KernelSession implements Session {
  #kernel: Kernel | undefined
  /** What a reader or precompile threw in the middle of an execution: the kernel's state is then void. */
  #failure: { cause: unknown } | undefined
  readonly #release: (kernel: Kernel, reusable: boolean) => void

  constructor(
    kernel: Kernel,
    release: (kernel: Kernel, reusable: boolean) => void,
    rules: ChainRules,
    block: BlockEnv,
    reader: StateReader,
  ) {
    this.#kernel = kernel
    this.#release = release
    const host = new SessionHost(kernel, rules, block, reader)
    kernel.host = host
    kernel.readFrom(reader.native)
    writeEnvironment(kernel, rules, block, host.writePrecompiles())
    kernel.exports.begin()
  }

  transact(transaction: EvmTransaction, relaxations: Relaxations = {}): ExecutionResult {
    return this.#run((kernel) => {
      writeTransaction(kernel, transaction, relaxations)
      const invalid = invalidCodes[kernel.exports.transact()]
      if (invalid) throw new InvalidTransactionError(invalid)
      return readResult(kernel)
    })
  }

  transactAll(transactions: readonly EvmTransaction[], gas = maxU64): ExecutionResult[] {
    return this.#run((kernel) => transactAll(kernel, transactions, gas))
  }

  systemCall(to: Uint8Array, data: Uint8Array): ExecutionResult {
    return this.#run((kernel) => {
      writeTransaction(kernel, systemMessage(to, data), {})
      kernel.exports.systemCall()
      return readResult(kernel)
    })
  }

  credit(address: Uint8Array, amount: bigint): void {
    this.#run((kernel) => {
      kernel.bytes.set(address, exchange)
      writeWord(kernel.view, second, amount)
      kernel.exports.credit(exchange, second)
    })
  }

  override(address: Uint8Array, override: StateOverride): void {
    this.#run((kernel) => applyOverride(kernel, address, override))
  }

  account(address: Uint8Array): Account | undefined {
    return this.#run((kernel) => {
      kernel.bytes.set(address, exchange)
      return readAccount(kernel, kernel.exports.account(exchange))
    })
  }

  changes(): StateChanges {
    return this.#run(readChanges)
  }

  [Symbol.dispose](): void {
    const kernel = this.#kernel
    if (kernel === undefined) return
    this.#kernel = undefined
    kernel.release()
    this.#release(kernel, this.#failure === undefined)
  }

  #run<T>(action: (kernel: Kernel) => T): T {
    if (this.#kernel === undefined) throw new EvmError('sessionClosed', 'The session is disposed.')
    if (this.#failure) throw new EvmError('sessionBroken', 'The session failed before.', this.#failure)
    try {
      return action(this.#kernel)
    } catch (error) {
      if (!(error instanceof InvalidTransactionError)) this.#failure = { cause: error }
      throw error
    }
  }
}

function systemMessage(to: Uint8Array, data: Uint8Array): EvmTransaction {
  return {
    type: 0,
    sender: systemAddress,
    to,
    nonce: 0n,
    gasLimit: 0n,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    value: 0n,
    data,
  }
}

function applyOverride(kernel: Kernel, address: Uint8Array, override: StateOverride): void {
  const { exports } = kernel
  if (override.code !== undefined) {
    const bytes = exports.arena(override.code.length)
    kernel.bytes.set(override.code, bytes)
    kernel.bytes.set(address, exchange)
    exports.overrideCode(exchange, bytes, override.code.length)
  }
  kernel.bytes.set(address, exchange)
  if (override.nonce !== undefined) exports.overrideNonce(exchange, override.nonce)
  if (override.balance !== undefined) {
    writeWord(kernel.view, second, override.balance)
    exports.overrideBalance(exchange, second)
  }
  if (override.state !== undefined) exports.clearSlots(exchange)
  for (const [slot, value] of [...(override.state ?? []), ...(override.stateDiff ?? [])]) {
    kernel.bytes.set(slot, second)
    kernel.bytes.set(value, third)
    exports.overrideSlot(exchange, second, third)
  }
}
