import { hexToBytes } from '@metis-stack/kernel'
import type { BlockEnv, EvmTransaction, Relaxations, StateOverride } from '@metis-stack/metisvm'
import { min } from '../bigints.js'
import { toEvmAccessList, toEvmAuthorization } from '../execution/toEvm.js'
import type { AccountOverride, BlockOverrides, CallRequest } from '../types/call.js'
import type { Hex } from '../types/hex.js'
import { zeroAddress } from '../validation/constants.js'

/** A call needs no signature, nonce or externally owned sender; and pays no gas unless it names a price. */
export function relaxationsOf(request: CallRequest): Relaxations {
  return {
    skipNonce: true,
    skipFees: !hasPrice(request),
    allowContractSender: true,
    skipGasCap: true,
  }
}

export function hasPrice(request: CallRequest): boolean {
  return (request.gasPrice ?? request.maxFeePerGas ?? 0n) > 0n
}

/** wei per gas that the caller is ready to pay; 0n when the call names none */
export function feeCap(request: CallRequest): bigint {
  return request.gasPrice ?? request.maxFeePerGas ?? 0n
}

export function callTransaction(request: CallRequest, gas: bigint, nonce: bigint): EvmTransaction {
  const cap = feeCap(request)
  return {
    type: typeOf(request),
    sender: hexToBytes(request.from ?? zeroAddress),
    to: request.to === undefined ? undefined : hexToBytes(request.to),
    nonce: request.nonce ?? nonce,
    gasLimit: gas,
    maxFeePerGas: cap,
    maxPriorityFeePerGas: min(request.gasPrice ?? request.maxPriorityFeePerGas ?? 0n, cap),
    value: request.value ?? 0n,
    data: hexToBytes(request.data ?? '0x'),
    ...(request.accessList && { accessList: toEvmAccessList(request.accessList) }),
    ...(request.blobVersionedHashes && {
      blobVersionedHashes: request.blobVersionedHashes.map(hexToBytes),
      maxFeePerBlobGas: request.maxFeePerBlobGas ?? 0n,
    }),
    ...(request.authorizationList && {
      authorizationList: request.authorizationList.map(toEvmAuthorization),
    }),
  }
}

function typeOf(request: CallRequest): number {
  if (request.authorizationList) return 4
  if (request.blobVersionedHashes) return 3
  if (request.maxFeePerGas !== undefined || request.maxPriorityFeePerGas !== undefined) return 2
  return request.accessList ? 1 : 0
}

export function overrideEnvironment(env: BlockEnv, overrides: BlockOverrides): BlockEnv {
  return {
    ...env,
    number: overrides.number ?? env.number,
    timestamp: overrides.timestamp ?? env.timestamp,
    gasLimit: overrides.gasLimit ?? env.gasLimit,
    coinbase: overrides.feeRecipient ? hexToBytes(overrides.feeRecipient) : env.coinbase,
    prevRandao: overrides.prevRandao ? hexToBytes(overrides.prevRandao) : env.prevRandao,
    baseFee: overrides.baseFeePerGas ?? env.baseFee,
    blobBaseFee: overrides.blobBaseFee ?? env.blobBaseFee,
  }
}

export function toStateOverride(override: AccountOverride): StateOverride {
  return {
    nonce: override.nonce,
    balance: override.balance,
    code: override.code === undefined ? undefined : hexToBytes(override.code),
    state: override.state && slots(override.state),
    stateDiff: override.stateDiff && slots(override.stateDiff),
  }
}

function slots(values: Record<Hex, Hex>): [Uint8Array, Uint8Array][] {
  return Object.entries(values).map(([slot, value]) => [hexToBytes(slot), hexToBytes(value)])
}
