import type { Evm } from '@metis-stack/metisvm'
import type { Hex } from './hex.js'
import type { Log } from './receipt.js'
import type { AccessList, SignedAuthorization } from './transaction.js'

/** An unsigned transaction to try: `eth_call`, `eth_estimateGas`. Absent fields take neutral values. */
export type CallRequest = {
  from?: Hex
  to?: Hex
  nonce?: bigint
  gas?: bigint
  /** wei per gas; excludes the other two */
  gasPrice?: bigint
  maxFeePerGas?: bigint
  maxPriorityFeePerGas?: bigint
  value?: bigint
  data?: Hex
  accessList?: AccessList
  blobVersionedHashes?: Hex[]
  maxFeePerBlobGas?: bigint
  authorizationList?: SignedAuthorization[]
}

/** `state` replaces all storage, `stateDiff` single slots; not both. */
export type AccountOverride = {
  nonce?: bigint
  balance?: bigint
  code?: Hex
  state?: Record<Hex, Hex>
  stateDiff?: Record<Hex, Hex>
}

export type StateOverrides = Record<Hex, AccountOverride>

export type BlockOverrides = {
  number?: bigint
  timestamp?: bigint
  gasLimit?: bigint
  feeRecipient?: Hex
  prevRandao?: Hex
  baseFeePerGas?: bigint
  blobBaseFee?: bigint
}

export type CallOptions = {
  /** Execute on the state after this block; the head when absent. */
  block?: Hex
  stateOverrides?: StateOverrides
  blockOverrides?: BlockOverrides
  /** Execute with this engine, such as one that traces; the chain's own when absent. */
  evm?: Evm
}

export type CallResult = {
  status: 'success' | 'revert' | 'halt'
  /** Why a `halt` happened, e.g. `outOfGas`. */
  halt?: string
  gasUsed: bigint
  /** Return data or revert data. */
  output: Hex
  logs: Log[]
}
