import type { Hex } from './hex.js'

/** ECDSA signature on secp256k1; `s` is at most half the curve order from Homestead on. */
export type Signature = { yParity: 0 | 1; r: bigint; s: bigint }

/** EIP-2930 */
export type AccessListEntry = { address: Hex; storageKeys: Hex[] }
export type AccessList = AccessListEntry[]

/** EIP-7702. An invalid signature does not make the transaction invalid: the tuple is then skipped. */
export type SignedAuthorization = {
  /** 0n: valid on any chain */
  chainId: bigint
  address: Hex
  nonce: bigint
  /** one byte; only 0 and 1 can be valid */
  yParity: number
  r: bigint
  s: bigint
}

type Common = {
  /** `undefined` creates a contract. */
  to: Hex | undefined
  nonce: bigint
  gas: bigint
  /** wei */
  value: bigint
  data: Hex
}

/** Type 0. `chainId` is absent when the signature has no replay protection (EIP-155). */
export type LegacyTransaction = Common &
  Signature & {
    type: 0
    chainId: bigint | undefined
    /** wei per gas */
    gasPrice: bigint
  }

/** Type 1, EIP-2930. */
export type AccessListTransaction = Common &
  Signature & {
    type: 1
    chainId: bigint
    /** wei per gas */
    gasPrice: bigint
    accessList: AccessList
  }

type DynamicFees = {
  chainId: bigint
  /** wei per gas */
  maxFeePerGas: bigint
  /** wei per gas */
  maxPriorityFeePerGas: bigint
  accessList: AccessList
}

/** Type 2, EIP-1559. */
export type DynamicFeeTransaction = Common & Signature & DynamicFees & { type: 2 }

/** Type 3, EIP-4844. The block form, without the blobs. */
export type BlobTransaction = Common &
  Signature &
  DynamicFees & {
    type: 3
    to: Hex
    /** wei per blob gas */
    maxFeePerBlobGas: bigint
    blobVersionedHashes: Hex[]
  }

/** Type 4, EIP-7702. */
export type SetCodeTransaction = Common &
  Signature &
  DynamicFees & {
    type: 4
    to: Hex
    authorizationList: SignedAuthorization[]
  }

/** Type 0x7e: forced from L1, unsigned, pays no fee; its gas is bought on L1. */
export type DepositTransaction = {
  type: 0x7e
  /** Identifies the L1 event, so that two equal deposits differ. */
  sourceHash: Hex
  from: Hex
  to: Hex | undefined
  /** wei created for `from` before execution, kept even when the execution fails */
  mint: bigint
  value: bigint
  gas: bigint
  isSystemTransaction: boolean
  data: Hex
}

export type SignedTransactionFields =
  | LegacyTransaction
  | AccessListTransaction
  | DynamicFeeTransaction
  | BlobTransaction
  | SetCodeTransaction

/** What a transaction's encoding says. */
export type TransactionFields = SignedTransactionFields | DepositTransaction

/** A decoded transaction with what follows from its bytes: `hash`, and the recovered sender `from`. */
export type Transaction = TransactionFields & { hash: Hex; from: Hex }

export type SignedTransaction = SignedTransactionFields & { hash: Hex; from: Hex }

export type TransactionType = TransactionFields['type']

/** A type-3 transaction as it travels between peers and over RPC, with its blobs. */
export type BlobSidecar =
  | { version: 0; blobs: Hex[]; commitments: Hex[]; proofs: Hex[] }
  /** EIP-7594: 128 cell proofs per blob, concatenated in `proofs` order. */
  | { version: 1; blobs: Hex[]; commitments: Hex[]; proofs: Hex[] }
