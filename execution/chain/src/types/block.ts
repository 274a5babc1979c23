import type { Hex } from './hex.js'
import type { Transaction } from './transaction.js'

/** Field names follow the JSON-RPC. Optional fields exist from the fork that added them on. */
export type Header = {
  parentHash: Hex
  sha3Uncles: Hex
  /** coinbase */
  miner: Hex
  stateRoot: Hex
  transactionsRoot: Hex
  receiptsRoot: Hex
  /** 256 bytes */
  logsBloom: Hex
  difficulty: bigint
  number: bigint
  gasLimit: bigint
  gasUsed: bigint
  /** seconds */
  timestamp: bigint
  /** at most 32 bytes */
  extraData: Hex
  /** PREVRANDAO from Paris on, 32 bytes */
  mixHash: Hex
  /** 8 bytes */
  nonce: Hex
  /** wei per gas; London */
  baseFeePerGas?: bigint
  /** Shanghai */
  withdrawalsRoot?: Hex
  /** Cancun */
  blobGasUsed?: bigint
  /** Cancun */
  excessBlobGas?: bigint
  /** Cancun */
  parentBeaconBlockRoot?: Hex
  /** Prague, EIP-7685 */
  requestsHash?: Hex
}

/** EIP-4895. `amount` is in gwei. */
export type Withdrawal = { index: bigint; validatorIndex: bigint; address: Hex; amount: bigint }

export type Block = {
  hash: Hex
  header: Header
  transactions: Transaction[]
  uncles: Header[]
  /** `undefined` before Shanghai */
  withdrawals: Withdrawal[] | undefined
  /** bytes of the RLP encoding */
  size: number
}
