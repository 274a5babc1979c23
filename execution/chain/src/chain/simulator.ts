import type { View } from '@metis-stack/metisdb'
import type { Evm, Fork } from '@metis-stack/metisvm'
import { min } from '../bigints.js'
import { type AccessListResult, createAccessList } from '../call/createAccessList.js'
import { estimateGas } from '../call/estimateGas.js'
import { Simulation } from '../call/simulation.js'
import type { ChainConfig } from '../config/config.js'
import type { AncestorHash } from '../execution/context.js'
import type { Block } from '../types/block.js'
import type { CallOptions, CallRequest, CallResult } from '../types/call.js'

/** What a block gives to a call on top of it. */
export type CallContext = { block: Block; fork: Fork; view: View; ancestorHash: AncestorHash }

/** Calls, estimates and access lists: transactions that leave no trace. */
export class Simulator {
  readonly #gasCap: bigint
  readonly #config: ChainConfig
  readonly #evm: Evm
  readonly #contextOf: (options: CallOptions) => CallContext

  constructor(
    opts: { gasCap: bigint },
    modules: { config: ChainConfig; evm: Evm; contextOf: (options: CallOptions) => CallContext },
  ) {
    this.#gasCap = opts.gasCap
    this.#config = modules.config
    this.#evm = modules.evm
    this.#contextOf = modules.contextOf
  }

  call(request: CallRequest, options: CallOptions): CallResult {
    return this.#simulation(options).run(request, this.#gasOf(request))
  }

  estimateGas(request: CallRequest, options: CallOptions): bigint {
    return estimateGas(this.#simulation(options), request, this.#gasCap)
  }

  createAccessList(request: CallRequest, options: CallOptions): AccessListResult {
    return createAccessList(this.#simulation(options), request, this.#gasOf(request))
  }

  #gasOf(request: CallRequest): bigint {
    return min(request.gas ?? this.#gasCap, this.#gasCap)
  }

  #simulation(options: CallOptions): Simulation {
    const { block, fork, view, ancestorHash } = this.#contextOf(options)
    const { blockOverrides, stateOverrides } = options
    return new Simulation(
      { fork, header: block.header, ancestorHash, blockOverrides, stateOverrides },
      { config: this.#config, evm: options.evm ?? this.#evm, view },
    )
  }
}
