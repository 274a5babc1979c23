import type { Hex } from '@metis-stack/chain'
import { RollupError } from '../errors.js'

/** The L1 block that an L2 block is derived from. */
export type L1Origin = {
  number: bigint
  hash: Hex
  /** seconds */
  timestamp: bigint
}

/** An origin as the chain keeps it beside each block: uint64 number ‖ uint64 timestamp ‖ 32-byte hash. */
export function encodeOrigin(origin: L1Origin): Hex {
  return `0x${uint64(origin.number)}${uint64(origin.timestamp)}${origin.hash.slice(2)}`
}

/** @throws {RollupError} `malformedOrigin` */
export function decodeOrigin(bytes: Hex): L1Origin {
  if (!/^0x[0-9a-f]{96}$/.test(bytes))
    throw new RollupError('malformedOrigin', `an L1 origin has 48 bytes, not ${(bytes.length - 2) / 2}`)
  return {
    number: BigInt(bytes.slice(0, 18)),
    timestamp: BigInt(`0x${bytes.slice(18, 34)}`),
    hash: `0x${bytes.slice(34)}`,
  }
}

const uint64 = (value: bigint): string => value.toString(16).padStart(16, '0')
