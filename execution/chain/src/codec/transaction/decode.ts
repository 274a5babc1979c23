import { bytesToHex, hexToBytes, keccak256Hex, type RlpDecoded, rlp } from '@metis-stack/kernel'
import { halfCurveOrder, recoverAddress } from '../../crypto/recover.js'
import { type TransactionDecodeCode, TransactionDecodeError } from '../../errors.js'
import type { Hex } from '../../types/hex.js'
import type {
  AccessList,
  DepositTransaction,
  SignedAuthorization,
  SignedTransaction,
  SignedTransactionFields,
  Transaction,
} from '../../types/transaction.js'
import {
  asAddress,
  asBytes,
  asData,
  asFields,
  asHash,
  asList,
  asOptionalAddress,
  asUint,
  FieldError,
} from '../fields.js'
import { encodeTransaction, sealTransaction, signingHash } from './encode.js'

export type DecodeOptions = {
  /** Before Homestead `s` may be above half the curve order. */
  allowHighS?: boolean
  /** Known from an earlier recovery of the same bytes; saves the next one. */
  sender?: Hex
}

/**
 * Strict inverse of `encodeTransaction`, with the sender recovered. Anything that another client could read differently is
 * refused: non-canonical RLP, integers with leading zeros or too many bytes, a high `s` (EIP-2).
 *
 * @throws {TransactionDecodeError}
 */
export function decodeTransaction(raw: Uint8Array | Hex, options: DecodeOptions = {}): Transaction {
  return guarded(() => {
    const bytes = typeof raw === 'string' ? hexToBytes(raw) : raw
    if (bytes.length === 0) throw new TransactionDecodeError('emptyInput', 'A transaction has bytes.')
    if (bytes[0]! >= 0xc0) return decodeLegacy(rlp.decode(bytes), options)
    return decodeTyped(bytes, options)
  })
}

/**
 * A transaction as it stands in a decoded block body.
 *
 * @throws {TransactionDecodeError}
 */
export function decodeBodyTransaction(item: RlpDecoded, options: DecodeOptions = {}): Transaction {
  return guarded(() => {
    if (Array.isArray(item)) return decodeLegacy(item, options)
    if (item.length === 0 || item[0]! >= 0xc0)
      throw new TransactionDecodeError('unknownType', 'A typed transaction starts with its type.')
    return decodeTyped(item, options)
  })
}

function guarded(decode: () => Transaction): Transaction {
  try {
    return decode()
  } catch (error) {
    if (error instanceof TransactionDecodeError) throw error
    const code: TransactionDecodeCode = error instanceof FieldError ? error.code : 'rlp'
    const message = error instanceof Error ? error.message : 'Not a transaction.'
    throw new TransactionDecodeError(code, message, { cause: error })
  }
}

function decodeLegacy(item: RlpDecoded, options: DecodeOptions): Transaction {
  const [nonce, gasPrice, gas, to, value, input, v, r, s] = asFields(item, 9, 'legacy transaction')
  const signature = legacySignature(asUint(v, 32, 'v'))
  return recover(
    {
      type: 0,
      chainId: signature.chainId,
      nonce: asUint(nonce, 8, 'nonce'),
      gasPrice: asUint(gasPrice, 32, 'gasPrice'),
      gas: asUint(gas, 8, 'gas'),
      to: asOptionalAddress(to, 'to'),
      value: asUint(value, 32, 'value'),
      data: asData(input, 'data'),
      yParity: signature.yParity,
      r: asUint(r, 32, 'r'),
      s: asUint(s, 32, 's'),
    },
    options,
  )
}

function legacySignature(v: bigint): { chainId: bigint | undefined; yParity: 0 | 1 } {
  if (v === 27n || v === 28n) return { chainId: undefined, yParity: v === 28n ? 1 : 0 }
  if (v >= 35n) return { chainId: (v - 35n) / 2n, yParity: (v - 35n) % 2n === 1n ? 1 : 0 }
  throw new TransactionDecodeError('invalidV', `v ${v} is neither 27, 28 nor at least 35.`)
}

function decodeTyped(bytes: Uint8Array, options: DecodeOptions): Transaction {
  const type = bytes[0]!
  const payload = bytes.subarray(1)
  switch (type) {
    case 1:
      return recover(accessListTransaction(rlp.decode(payload)), options)
    case 2:
      return recover(dynamicFeeTransaction(rlp.decode(payload)), options)
    case 3:
      return recover(blobTransaction(rlp.decode(payload)), options)
    case 4:
      return recover(setCodeTransaction(rlp.decode(payload)), options)
    case 0x7e:
      return deposit(rlp.decode(payload), keccak256Hex(bytes))
    default:
      throw new TransactionDecodeError('unknownType', `Transaction type ${type} is unknown.`)
  }
}

function accessListTransaction(item: RlpDecoded): SignedTransactionFields {
  const [chainId, nonce, gasPrice, gas, to, value, input, accessList, ...signature] = asFields(
    item,
    11,
    'transaction of type 1',
  )
  return {
    type: 1,
    chainId: asUint(chainId, 32, 'chainId'),
    nonce: asUint(nonce, 8, 'nonce'),
    gasPrice: asUint(gasPrice, 32, 'gasPrice'),
    gas: asUint(gas, 8, 'gas'),
    to: asOptionalAddress(to, 'to'),
    value: asUint(value, 32, 'value'),
    data: asData(input, 'data'),
    accessList: decodeAccessList(accessList),
    ...decodeSignature(signature),
  }
}

function dynamicFeeTransaction(item: RlpDecoded): SignedTransactionFields {
  const fields = asFields(item, 12, 'transaction of type 2')
  return {
    type: 2,
    ...dynamicFields(fields),
    to: asOptionalAddress(fields[5], 'to'),
    ...decodeSignature(fields.slice(9)),
  }
}

/** Fields of a type-3 transaction without its blobs. */
export function blobTransaction(item: RlpDecoded): SignedTransactionFields {
  const fields = asFields(item, 14, 'transaction of type 3')
  return {
    type: 3,
    ...dynamicFields(fields),
    to: asAddress(fields[5], 'to'),
    maxFeePerBlobGas: asUint(fields[9], 32, 'maxFeePerBlobGas'),
    blobVersionedHashes: asList(fields[10], 'blobVersionedHashes').map((hash) =>
      asHash(hash, 'blobVersionedHashes'),
    ),
    ...decodeSignature(fields.slice(11)),
  }
}

function setCodeTransaction(item: RlpDecoded): SignedTransactionFields {
  const fields = asFields(item, 13, 'transaction of type 4')
  return {
    type: 4,
    ...dynamicFields(fields),
    to: asAddress(fields[5], 'to'),
    authorizationList: asList(fields[9], 'authorizationList').map(decodeAuthorization),
    ...decodeSignature(fields.slice(10)),
  }
}

function dynamicFields(fields: RlpDecoded[]) {
  const [chainId, nonce, tip, fee, gas, , value, input, accessList] = fields
  return {
    chainId: asUint(chainId, 32, 'chainId'),
    nonce: asUint(nonce, 8, 'nonce'),
    maxPriorityFeePerGas: asUint(tip, 32, 'maxPriorityFeePerGas'),
    maxFeePerGas: asUint(fee, 32, 'maxFeePerGas'),
    gas: asUint(gas, 8, 'gas'),
    value: asUint(value, 32, 'value'),
    data: asData(input, 'data'),
    accessList: decodeAccessList(accessList),
  }
}

function decodeAccessList(item: RlpDecoded | undefined): AccessList {
  return asList(item, 'accessList').map((entry) => {
    const [address, keys] = asFields(entry, 2, 'accessList entry')
    return {
      address: asAddress(address, 'accessList address'),
      storageKeys: asList(keys, 'storageKeys').map((key) => asHash(key, 'storageKeys')),
    }
  })
}

function decodeAuthorization(item: RlpDecoded): SignedAuthorization {
  const [chainId, address, nonce, yParity, r, s] = asFields(item, 6, 'authorization')
  return {
    chainId: asUint(chainId, 32, 'authorization chainId'),
    address: asAddress(address, 'authorization address'),
    nonce: asUint(nonce, 8, 'authorization nonce'),
    yParity: Number(asUint(yParity, 1, 'authorization yParity')),
    r: asUint(r, 32, 'authorization r'),
    s: asUint(s, 32, 'authorization s'),
  }
}

function decodeSignature([yParity, r, s]: RlpDecoded[]) {
  const parity = asUint(yParity, 1, 'yParity')
  if (parity > 1n) throw new TransactionDecodeError('invalidV', `yParity ${parity} is neither 0 nor 1.`)
  const bit: 0 | 1 = parity === 1n ? 1 : 0
  return { yParity: bit, r: asUint(r, 32, 'r'), s: asUint(s, 32, 's') }
}

/**
 * Adds hash and sender.
 *
 * @throws {TransactionDecodeError} `highS`, `invalidSignature`
 */
export function recover(fields: SignedTransactionFields, options: DecodeOptions = {}): SignedTransaction {
  if (fields.s > halfCurveOrder && !(options.allowHighS && fields.type === 0))
    throw new TransactionDecodeError('highS', 's is above half the curve order (EIP-2).')
  const encoding = encodeTransaction(fields)
  const hash = keccak256Hex(encoding)
  if (options.sender) return sealTransaction({ ...fields, from: options.sender, hash }, encoding)
  const sender = recoverAddress(signingHash(fields), fields)
  if (!sender) throw new TransactionDecodeError('invalidSignature', 'No key can have made this signature.')
  return sealTransaction({ ...fields, from: bytesToHex(sender), hash }, encoding)
}

function deposit(item: RlpDecoded, hash: Hex): Transaction {
  const [sourceHash, from, to, mint, value, gas, isSystem, input] = asFields(item, 8, 'deposit')
  const system = asBytes(isSystem, 'isSystemTransaction')
  if (asUint(system, 1, 'isSystemTransaction') > 1n)
    throw new TransactionDecodeError('integerFormat', 'isSystemTransaction is neither 0 nor 1.')
  return {
    type: 0x7e,
    sourceHash: asHash(sourceHash, 'sourceHash'),
    from: asAddress(from, 'from'),
    to: asOptionalAddress(to, 'to'),
    mint: asUint(mint, 32, 'mint'),
    value: asUint(value, 32, 'value'),
    gas: asUint(gas, 8, 'gas'),
    isSystemTransaction: system.length === 1,
    data: asData(input, 'data'),
    hash,
  }
}

/** A deposit with its hash: what derivation hands to the builder. */
export function depositTransaction(fields: Omit<DepositTransaction, 'type'>): Transaction {
  const transaction = { ...fields, type: 0x7e as const }
  return { ...transaction, hash: keccak256Hex(encodeTransaction(transaction)) }
}
