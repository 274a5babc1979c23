import type { Hex } from '../params/hex.js'

/** A QUANTITY: hex without leading zeros, zero as 0x0. */
export function quantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

/** 32 bytes, big-endian. */
export function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}
