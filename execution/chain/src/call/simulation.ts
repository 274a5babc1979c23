import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import type { View } from '@metis-stack/metisdb'
import type { Account, BlockEnv, Evm, Fork, StateReader } from '@metis-stack/metisvm'
import type { ChainConfig } from '../config/config.js'
import { type AncestorHash, environmentOf, rulesOf } from '../execution/context.js'
import { fromEvmLog } from '../execution/toEvm.js'
import type { Header } from '../types/block.js'
import type { BlockOverrides, CallRequest, CallResult, StateOverrides } from '../types/call.js'
import type { Hex } from '../types/hex.js'
import { zeroAddress } from '../validation/constants.js'
import { callTransaction, hasPrice, overrideEnvironment, relaxationsOf, toStateOverride } from './prepare.js'

/** What a simulated transaction runs on: a block's environment and the state after it, with overrides. */
export class Simulation {
  readonly fork: Fork
  readonly #header: Header
  readonly #ancestorHash: AncestorHash
  readonly #blockOverrides: BlockOverrides
  readonly #stateOverrides: StateOverrides
  readonly #config: ChainConfig
  readonly #evm: Evm
  readonly #view: View

  constructor(
    opts: {
      fork: Fork
      header: Header
      ancestorHash: AncestorHash
      blockOverrides?: BlockOverrides
      stateOverrides?: StateOverrides
    },
    modules: { config: ChainConfig; evm: Evm; view: View },
  ) {
    this.fork = opts.fork
    this.#header = opts.header
    this.#ancestorHash = opts.ancestorHash
    this.#blockOverrides = opts.blockOverrides ?? {}
    this.#stateOverrides = opts.stateOverrides ?? {}
    this.#config = modules.config
    this.#evm = modules.evm
    this.#view = modules.view
  }

  get gasLimit(): bigint {
    return this.#blockOverrides.gasLimit ?? this.#header.gasLimit
  }

  /** With overrides. */
  account(address: Hex): Pick<Account, 'nonce' | 'balance'> {
    const account = this.#view.account(hexToBytes(address))
    const override = this.#stateOverrides[address]
    return {
      nonce: override?.nonce ?? account?.nonce ?? 0n,
      balance: override?.balance ?? account?.balance ?? 0n,
    }
  }

  /** With overrides. */
  hasCode(address: Hex): boolean {
    const override = this.#stateOverrides[address]?.code
    if (override !== undefined) return override !== '0x'
    const account = this.#view.account(hexToBytes(address))
    return account !== undefined && this.#view.code(account.codeHash).length > 0
  }

  /**
   * Executes and forgets. `reader` may stand in for the state, to watch what is read.
   *
   * @throws {InvalidTransactionError} when it cannot even start: value or fees not covered, too little intrinsic gas
   */
  run(
    request: CallRequest,
    gas: bigint,
    reader: StateReader = this.#view,
  ): CallResult & { gasRefunded: bigint } {
    const rules = rulesOf(this.#config, this.fork, this.#header.timestamp)
    using session = this.#evm.begin(rules, this.#environment(request, gas), reader)
    for (const [address, override] of Object.entries(this.#stateOverrides))
      session.override(hexToBytes(address), toStateOverride(override))
    const { nonce } = this.account(request.from ?? zeroAddress)
    const result = session.transact(callTransaction(request, gas, nonce), relaxationsOf(request))
    return {
      status: result.status,
      halt: result.halt,
      gasUsed: result.gasUsed,
      gasRefunded: result.gasRefunded,
      output: bytesToHex(result.output),
      logs: result.logs.map(fromEvmLog),
    }
  }

  get reader(): View {
    return this.#view
  }

  /** Accounts that the block itself touches for every transaction. */
  get feeRecipients(): Hex[] {
    const { baseFee, blobFee } = this.#config.feeRecipients
    const coinbase = this.#blockOverrides.feeRecipient ?? this.#header.miner
    return [coinbase, baseFee, blobFee].filter((address) => address !== undefined)
  }

  #environment(request: CallRequest, gas: bigint): BlockEnv {
    const env = overrideEnvironment(
      environmentOf(this.#config, this.fork, this.#header, this.#ancestorHash),
      this.#blockOverrides,
    )
    // As geth: a call that names no price sees a base fee of zero, and may use more gas than the block has.
    if (!hasPrice(request) && this.#blockOverrides.baseFeePerGas === undefined) env.baseFee = 0n
    if (gas > env.gasLimit) env.gasLimit = gas
    return env
  }
}
