import { bytesToHex } from '@metis-stack/kernel'
import { readCode } from '../decode.js'
import { precompilesOf } from '../host.js'
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
} from '../interface.js'
import { exchange } from '../kernel/layout.js'
import { oneByOne } from '../oneByOne.js'
import { createdAddress } from './addresses.js'
import type { TraceBudget } from './budget.js'
import { haltText } from './failures.js'
import type { TracedKernel } from './kernel.js'
import { op } from './opcodes.js'
import type { CurrentState, Tracer } from './tracer.js'

/** Free for the tracer: behind what session and precompiles use of the exchange area. */
const addressAt = exchange + 256
const slotAt = exchange + 288
const valueAt = exchange + 320

export type Watch = { tracer: Tracer | undefined; budget: TraceBudget | undefined }

/** A session that tells a tracer of its transactions; system calls and credits are not traced. */
export class TracedSession implements Session {
  readonly #session: Session
  readonly #kernel: TracedKernel
  readonly #rules: ChainRules
  readonly #block: BlockEnv
  readonly #watch: () => Watch

  constructor(
    session: Session,
    kernel: TracedKernel,
    rules: ChainRules,
    block: BlockEnv,
    watch: () => Watch,
  ) {
    this.#session = session
    this.#kernel = kernel
    this.#rules = rules
    this.#block = block
    this.#watch = watch
  }

  transact(transaction: EvmTransaction, relaxations?: Relaxations): ExecutionResult {
    const { tracer, budget } = this.#watch()
    budget?.beginTransaction()
    const kernel = this.#kernel
    const precompiles = precompilesOf(this.#rules)
    tracer?.onTransactionStart?.({
      transaction,
      block: this.#block,
      rules: this.#rules,
      state: currentState(kernel, this.#session),
      isPrecompile: (address) => precompiles.has(bytesToHex(address)),
    })
    kernel.watch(tracer, budget)
    try {
      const result = this.#session.transact(transaction, relaxations)
      if (!kernel.hooks.entered && tracer) reportRefused(tracer, transaction, result)
      tracer?.onTransactionEnd?.(result)
      return result
    } finally {
      kernel.watch(undefined, undefined)
    }
  }

  transactAll(transactions: readonly EvmTransaction[], gas?: bigint): ExecutionResult[] {
    return oneByOne(this, transactions, gas)
  }

  systemCall(to: Uint8Array, data: Uint8Array): ExecutionResult {
    return this.#session.systemCall(to, data)
  }

  credit(address: Uint8Array, amount: bigint): void {
    this.#session.credit(address, amount)
  }

  override(address: Uint8Array, override: StateOverride): void {
    this.#session.override(address, override)
  }

  account(address: Uint8Array): Account | undefined {
    return this.#session.account(address)
  }

  changes(): StateChanges {
    return this.#session.changes()
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]()
  }
}

/** Reads that are allowed in the middle of an opcode. */
function currentState(kernel: TracedKernel, session: Session): CurrentState {
  return {
    account: (address) => session.account(address),
    code(address) {
      kernel.bytes.set(address, addressAt)
      return readCode(kernel, kernel.exports.code(addressAt))
    },
    storage(address, slot) {
      kernel.bytes.set(address, addressAt)
      kernel.bytes.set(slot, slotAt)
      kernel.exports.storage(addressAt, slotAt, valueAt)
      return kernel.bytes.slice(valueAt, valueAt + 32)
    },
  }
}

/** A deposit that cannot even begin has a frame nevertheless, which fails at once. */
function reportRefused(tracer: Tracer, transaction: EvmTransaction, result: ExecutionResult): void {
  const gas = Number(transaction.gasLimit)
  tracer.onEnter?.({
    opcode: transaction.to === undefined ? op.create : op.call,
    depth: 0,
    from: transaction.sender,
    to: transaction.to ?? createdAddress(transaction.sender, transaction.nonce),
    input: transaction.data,
    gas,
    value: transaction.value,
  })
  tracer.onExit?.({
    depth: 0,
    status: 'halt',
    halt: result.halt ?? 'outOfGas',
    error: haltText(result.halt ?? 'outOfGas'),
    output: new Uint8Array(),
    gasUsed: gas,
  })
}
