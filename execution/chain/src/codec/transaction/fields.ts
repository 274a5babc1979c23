import type { RlpItem } from '@metis-stack/kernel'
import type { AccessList, SignedAuthorization, TransactionFields } from '../../types/transaction.js'
import { data, optionalData, uint } from '../fields.js'

/** RLP fields of the transaction that its signature covers. For a deposit: all of them. */
export function unsignedFields(tx: TransactionFields): RlpItem[] {
  switch (tx.type) {
    case 0: {
      const body = [
        uint(tx.nonce),
        uint(tx.gasPrice),
        uint(tx.gas),
        optionalData(tx.to),
        uint(tx.value),
        data(tx.data),
      ]
      // EIP-155
      return tx.chainId === undefined ? body : [...body, uint(tx.chainId), new Uint8Array(), new Uint8Array()]
    }
    case 1:
      return [
        uint(tx.chainId),
        uint(tx.nonce),
        uint(tx.gasPrice),
        uint(tx.gas),
        optionalData(tx.to),
        uint(tx.value),
        data(tx.data),
        accessListFields(tx.accessList),
      ]
    case 2:
      return dynamicFields(tx)
    case 3:
      return [...dynamicFields(tx), uint(tx.maxFeePerBlobGas), tx.blobVersionedHashes.map(data)]
    case 4:
      return [...dynamicFields(tx), tx.authorizationList.map(authorizationFields)]
    case 0x7e:
      return [
        data(tx.sourceHash),
        data(tx.from),
        optionalData(tx.to),
        uint(tx.mint),
        uint(tx.value),
        uint(tx.gas),
        uint(tx.isSystemTransaction ? 1n : 0n),
        data(tx.data),
      ]
  }
}

function dynamicFields(tx: TransactionFields & { type: 2 | 3 | 4 }): RlpItem[] {
  return [
    uint(tx.chainId),
    uint(tx.nonce),
    uint(tx.maxPriorityFeePerGas),
    uint(tx.maxFeePerGas),
    uint(tx.gas),
    optionalData(tx.to),
    uint(tx.value),
    data(tx.data),
    accessListFields(tx.accessList),
  ]
}

function accessListFields(accessList: AccessList): RlpItem {
  return accessList.map((entry) => [data(entry.address), entry.storageKeys.map(data)])
}

function authorizationFields(authorization: SignedAuthorization): RlpItem {
  return [
    uint(authorization.chainId),
    data(authorization.address),
    uint(authorization.nonce),
    uint(BigInt(authorization.yParity)),
    uint(authorization.r),
    uint(authorization.s),
  ]
}
