import { concat, keccak256, type RlpItem, rlp } from '@metis-stack/kernel'
import type {
  LegacyTransaction,
  SignedAuthorization,
  SignedTransactionFields,
  TransactionFields,
} from '../../types/transaction.js'
import { data, uint } from '../fields.js'
import { unsignedFields } from './fields.js'

/** Bytes of transactions that can no longer change: they are needed for the hash, the pool, the root and the store. */
const encodings = new WeakMap<TransactionFields, Uint8Array>()

/** EIP-2718 bytes: as in a raw transaction, and in the transactions trie. The result must not be written to. */
export function encodeTransaction(tx: TransactionFields): Uint8Array {
  const known = encodings.get(tx)
  if (known) return known
  const fields = transactionFields(tx)
  return tx.type === 0 ? rlp.encode(fields) : concat(Uint8Array.of(tx.type), rlp.encode(fields))
}

/** Freezes a transaction and remembers its encoding. */
export function sealTransaction<T extends TransactionFields>(tx: T, encoding: Uint8Array): T {
  Object.freeze(tx)
  encodings.set(tx, encoding)
  return tx
}

/** How the transaction stands in a block body: a list for type 0, else a byte string. */
export function bodyTransaction(tx: TransactionFields): RlpItem {
  return tx.type === 0 ? transactionFields(tx) : encodeTransaction(tx)
}

/** What the sender signs, 32 bytes. */
export function signingHash(tx: SignedTransactionFields): Uint8Array {
  const payload = rlp.encode(unsignedFields(tx))
  return keccak256(tx.type === 0 ? payload : concat(Uint8Array.of(tx.type), payload))
}

/** What the authority signs, 32 bytes (EIP-7702). */
export function authorizationHash(
  authorization: Pick<SignedAuthorization, 'chainId' | 'address' | 'nonce'>,
): Uint8Array {
  const payload = rlp.encode([
    uint(authorization.chainId),
    data(authorization.address),
    uint(authorization.nonce),
  ])
  return keccak256(concat(Uint8Array.of(0x05), payload))
}

/** All RLP fields, in order, signature included. */
export function transactionFields(tx: TransactionFields): RlpItem[] {
  const fields = unsignedFields(tx)
  if (tx.type === 0x7e) return fields
  if (tx.type === 0) return [...fields.slice(0, 6), uint(legacyV(tx)), uint(tx.r), uint(tx.s)]
  return [...fields, uint(BigInt(tx.yParity)), uint(tx.r), uint(tx.s)]
}

/** 27/28, or 35/36 + 2·chainId (EIP-155). */
export function legacyV(tx: Pick<LegacyTransaction, 'chainId' | 'yParity'>): bigint {
  const parity = BigInt(tx.yParity)
  return tx.chainId === undefined ? 27n + parity : 35n + 2n * tx.chainId + parity
}
