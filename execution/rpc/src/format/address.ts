import { bytesToHex, keccak256 } from '@metis-stack/kernel'
import type { Hex } from '../params/hex.js'

const encoder = new TextEncoder()

/** Mixed-case checksum form of an address (EIP-55). */
export function checksumAddress(address: Hex): Hex {
  const digits = address.slice(2).toLowerCase()
  const digest = bytesToHex(keccak256(encoder.encode(digits)))
  let mixed = ''
  for (let i = 0; i < digits.length; i++) {
    const digit = digits[i] as string
    mixed += Number.parseInt(digest[i + 2] as string, 16) >= 8 ? digit.toUpperCase() : digit
  }
  return `0x${mixed}`
}
