import type { EvmTransaction, Fork } from '@metis-stack/metisvm'
import { bigintOf, bytesOf, paddedBytesOf } from '../../hex.js'

/** A transaction as a node's `eth_getBlockByNumber` has it. */
export type TransactionJson = {
  type: string
  from: string
  to: string | null
  nonce: string
  gas: string
  gasPrice?: string
  maxFeePerGas?: string
  maxPriorityFeePerGas?: string
  maxFeePerBlobGas?: string
  value: string
  input: string
  accessList?: { address: string; storageKeys: string[] }[]
  blobVersionedHashes?: string[]
}

export type BlockJson = {
  number: string
  timestamp: string
  miner: string
  gasLimit: string
  gasUsed: string
  difficulty: string
  mixHash: string
  logsBloom: string
  receiptsRoot: string
  baseFeePerGas?: string
  excessBlobGas?: string
  parentBeaconBlockRoot?: string
  transactions: TransactionJson[]
}

/** Accounts that the block touches; not the whole state. */
export type PreStateJson = Record<
  string,
  { balance: string; nonce: number; code_hash?: string | null; storage: Record<string, string> }
>

/** Names that blocks.json has for the forks. */
const forkNames: Record<string, Fork> = {
  chainstart: 'frontier',
  dao: 'homestead',
  muirGlacier: 'istanbul',
  arrowGlacier: 'london',
  grayGlacier: 'london',
}

export const forkOf = (name: string): Fork => forkNames[name] ?? (name as Fork)

export function transactionOf(json: TransactionJson): EvmTransaction {
  const price = json.gasPrice ?? '0x0'
  const transaction: EvmTransaction = {
    type: Number(json.type),
    sender: paddedBytesOf(json.from, 20),
    to: json.to ? paddedBytesOf(json.to, 20) : undefined,
    nonce: bigintOf(json.nonce),
    gasLimit: bigintOf(json.gas),
    maxFeePerGas: bigintOf(json.maxFeePerGas ?? price),
    maxPriorityFeePerGas: bigintOf(json.maxPriorityFeePerGas ?? price),
    value: bigintOf(json.value),
    data: bytesOf(json.input),
  }
  if (json.accessList) {
    transaction.accessList = json.accessList.map(({ address, storageKeys }) => ({
      address: bytesOf(address),
      storageKeys: storageKeys.map(bytesOf),
    }))
  }
  if (json.blobVersionedHashes) {
    transaction.blobVersionedHashes = json.blobVersionedHashes.map(bytesOf)
    transaction.maxFeePerBlobGas = bigintOf(json.maxFeePerBlobGas ?? '0x0')
  }
  return transaction
}
