import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import type { AccessListEntry, Authorization, Log as EvmLog, EvmTransaction } from '@metis-stack/metisvm'
import { authorizationHash } from '../codec/transaction/encode.js'
import { halfCurveOrder, recoverAddress } from '../crypto/recover.js'
import type { Log } from '../types/receipt.js'
import type { AccessList, SignedAuthorization, Transaction } from '../types/transaction.js'

/** The engine's form of a transaction: bytes instead of hex, one fee model, authorities recovered. */
export function toEvmTransaction(transaction: Transaction): EvmTransaction {
  const common = {
    type: transaction.type,
    sender: hexToBytes(transaction.from),
    to: transaction.to === undefined ? undefined : hexToBytes(transaction.to),
    gasLimit: transaction.gas,
    value: transaction.value,
    data: hexToBytes(transaction.data),
  }
  if (transaction.type === 0x7e)
    return { ...common, nonce: 0n, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n, mint: transaction.mint }
  if (transaction.type === 0 || transaction.type === 1)
    return {
      ...common,
      nonce: transaction.nonce,
      maxFeePerGas: transaction.gasPrice,
      maxPriorityFeePerGas: transaction.gasPrice,
      accessList: transaction.type === 1 ? toEvmAccessList(transaction.accessList) : undefined,
    }
  const dynamic = {
    ...common,
    nonce: transaction.nonce,
    maxFeePerGas: transaction.maxFeePerGas,
    maxPriorityFeePerGas: transaction.maxPriorityFeePerGas,
    accessList: toEvmAccessList(transaction.accessList),
  }
  if (transaction.type === 3)
    return {
      ...dynamic,
      blobVersionedHashes: transaction.blobVersionedHashes.map(hexToBytes),
      maxFeePerBlobGas: transaction.maxFeePerBlobGas,
    }
  if (transaction.type === 4)
    return { ...dynamic, authorizationList: transaction.authorizationList.map(toEvmAuthorization) }
  return dynamic
}

export function toEvmAccessList(accessList: AccessList): AccessListEntry[] {
  return accessList.map((entry) => ({
    address: hexToBytes(entry.address),
    storageKeys: entry.storageKeys.map(hexToBytes),
  }))
}

export function toEvmAuthorization(authorization: SignedAuthorization): Authorization {
  const authority =
    authorization.s > halfCurveOrder
      ? undefined
      : recoverAddress(authorizationHash(authorization), authorization)
  return {
    chainId: authorization.chainId,
    address: hexToBytes(authorization.address),
    nonce: authorization.nonce,
    authority,
  }
}

export function fromEvmLog(log: EvmLog): Log {
  return { address: bytesToHex(log.address), topics: log.topics.map(bytesToHex), data: bytesToHex(log.data) }
}
