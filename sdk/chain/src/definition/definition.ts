import type { FeeMarket, Hex } from '@metis-stack/chain'
import type { State } from '@metis-stack/metisdb'
import type { Evm, Fork, Precompile, TierMetrics } from '@metis-stack/metisvm'
import type { L1Origin } from '@metis-stack/rollup'
import type { RpcServerOptions } from '@metis-stack/rpc'
import type { OrderingFactory } from '../ordering/interface.js'

/** How transactions become state. */
export type ExecutionModule = {
  /** Rules of the whole chain from genesis on. */
  fork: Fork
  blockTimeMs: number
  /** gas per block */
  gasLimit: bigint
  /** The engine of one node; `codeCache` is a folder where it may keep compiled code. */
  createEvm(options: { codeCache: { directory: string } }): Evm & { readonly tiers?: TierMetrics }
}

/** Where state lives. */
export type StateModule = {
  /** Opens the state in this folder, which exists; empty on the first start. */
  open(path: string, options: OpenStateOptions): Promise<State>
}

/** What a node wants of its state; what it does not say is the module's choice. */
export type OpenStateOptions = {
  chainId: bigint
  /** Keeps the states of all blocks, or of the newest `keepBlocks` only. */
  archive?: boolean
  keepBlocks?: number
}

/**
 * How transaction data is made available to verifiers. The place where a batcher will put its batches: nothing is put there
 * yet, and the sequencer is the only source.
 */
export type DataAvailabilityModule = {
  put(bytes: Uint8Array): Promise<Hex>
  get(commitment: Hex): Promise<Uint8Array>
}

/** The L1 side that this chain answers to. */
export type SettlementModule = {
  l1ChainId: number
  portal: Hex
  outputOracle: Hex
  /** The L1 block the chain begins at: deposits of later blocks count. */
  genesisOrigin: L1Origin
  /** L1 blocks on top of a block before L2 derives from it. */
  confirmations: number
}

export type FeesModule = {
  market: FeeMarket
  /** Gets base fees and, as the blocks' coinbase, tips. */
  vault: Hex
}

export type GenesisModule = {
  /** Accounts by address; balances in wei. */
  alloc: Record<Hex, { balance: bigint; nonce?: bigint; code?: Hex; storage?: Record<Hex, Hex> }>
  /** Contracts of fixed address; each runs its init code, constructor arguments appended. */
  predeploys: { address: Hex; initCode: Hex; balance?: bigint }[]
  /** seconds; the genesis origin's when absent */
  timestamp?: bigint
}

/** A chain as a value: everything that all its nodes have in common. */
export type ChainDefinition = {
  /** Lower case; names folders, log lines and metrics. */
  name: string
  chainId: bigint
  execution: ExecutionModule
  state: StateModule
  ordering: OrderingFactory
  dataAvailability?: DataAvailabilityModule
  settlement: SettlementModule
  /** Beyond those of the fork, by address. */
  precompiles: ReadonlyMap<Hex, Precompile>
  fees: FeesModule
  genesis: GenesisModule
  /** Defaults of this chain's RPC servers. */
  rpc: RpcServerOptions
}
