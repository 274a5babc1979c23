import { encodeTransaction, type SignedTransactionFields, type Transaction } from '@metis-stack/chain'
import { keccak256Hex } from '@metis-stack/kernel'
import type { ParsedCall } from '../params/call.js'
import type { Hex } from '../params/hex.js'

const unsigned = { yParity: 0, r: 0n, s: 0n } as const
/** Sender of a call that names none. */
export const zeroAddress: Hex = '0x0000000000000000000000000000000000000000'

/** The transaction that a call would be: its fields decide the type, EIP-1559 when they leave it open. */
export function asTransaction(call: ParsedCall, chainId: bigint, nonce: bigint, gas: bigint): Transaction {
  const fields = typedFields(call, chainId, nonce, gas)
  return { ...fields, from: call.from ?? zeroAddress, hash: keccak256Hex(encodeTransaction(fields)) }
}

function typedFields(call: ParsedCall, chainId: bigint, nonce: bigint, gas: bigint): SignedTransactionFields {
  const common = {
    ...unsigned,
    to: call.to,
    nonce,
    gas,
    value: call.value ?? 0n,
    data: call.data ?? ('0x' as Hex),
  }
  const { accessList = [], authorizationList, blobVersionedHashes } = call
  if (call.gasPrice !== undefined && !authorizationList && !blobVersionedHashes) {
    const { gasPrice } = call
    if (call.accessList) return { ...common, type: 1, chainId, gasPrice, accessList }
    return { ...common, type: 0, chainId, gasPrice }
  }
  const dynamic = {
    ...common,
    chainId,
    accessList,
    maxFeePerGas: call.maxFeePerGas ?? call.gasPrice ?? 0n,
    maxPriorityFeePerGas: call.maxPriorityFeePerGas ?? call.gasPrice ?? 0n,
  }
  const to = call.to ?? zeroAddress
  if (authorizationList) return { ...dynamic, type: 4, to, authorizationList }
  if (blobVersionedHashes) {
    return { ...dynamic, type: 3, to, blobVersionedHashes, maxFeePerBlobGas: call.maxFeePerBlobGas ?? 0n }
  }
  return { ...dynamic, type: 2 }
}
