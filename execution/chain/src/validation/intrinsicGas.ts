import type { Fork } from '@metis-stack/metisvm'
import { isAtLeast } from '../config/forkAt.js'
import type { Hex } from '../types/hex.js'
import type { AccessList } from '../types/transaction.js'

type Priced = {
  to?: Hex | undefined
  data: Hex
  accessList?: AccessList
  authorizationList?: readonly unknown[]
}

/** Gas that a transaction costs before its first opcode, and the least it may be charged (EIP-7623; 0n before Prague). */
export function intrinsicGas(fork: Fork, transaction: Priced): { intrinsic: bigint; floor: bigint } {
  const { zero, nonzero } = countBytes(transaction.data)
  let gas = 21_000n + 4n * zero + (isAtLeast(fork, 'istanbul') ? 16n : 68n) * nonzero
  if (transaction.to === undefined) {
    if (isAtLeast(fork, 'homestead')) gas += 32_000n
    if (isAtLeast(fork, 'shanghai')) gas += 2n * ((zero + nonzero + 31n) / 32n)
  }
  for (const entry of transaction.accessList ?? []) gas += 2_400n + 1_900n * BigInt(entry.storageKeys.length)
  gas += 25_000n * BigInt(transaction.authorizationList?.length ?? 0)
  const floor = isAtLeast(fork, 'prague') ? 21_000n + 10n * (zero + 4n * nonzero) : 0n
  return { intrinsic: gas, floor }
}

function countBytes(data: Hex): { zero: bigint; nonzero: bigint } {
  let zero = 0
  for (let i = 2; i < data.length; i += 2) if (data[i] === '0' && data[i + 1] === '0') zero++
  return { zero: BigInt(zero), nonzero: BigInt((data.length - 2) / 2 - zero) }
}
