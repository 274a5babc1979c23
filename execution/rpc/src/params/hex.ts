import { hexToBytes } from '@metis-stack/kernel'
import { type Parser, reject, requireValue } from './core.js'

export type Hex = `0x${string}`

const hexDigits = /^[0-9a-fA-F]*$/

/** The digits after 0x, checked, lower case. */
function digitsOf(value: unknown, path: string): string {
  requireValue(value, path)
  if (typeof value !== 'string')
    return reject(path, `want a hex string, got ${Array.isArray(value) ? 'array' : typeof value}`)
  if (!value.startsWith('0x') && !value.startsWith('0X')) return reject(path, 'hex string without 0x prefix')
  const digits = value.slice(2)
  if (!hexDigits.test(digits)) return reject(path, 'invalid hex string')
  return digits.toLowerCase()
}

function fixedHex(bytes: number, what: string): Parser<Hex> {
  return (value, path) => {
    const digits = digitsOf(value, path)
    if (digits.length !== bytes * 2) {
      return reject(path, `hex string has length ${digits.length}, want ${bytes * 2} for ${what}`)
    }
    return `0x${digits}`
  }
}

/** 20 bytes, lower case. */
export const address = fixedHex(20, 'an address')
/** 32 bytes, lower case. */
export const hash = fixedHex(32, 'a 32-byte hash')

/** Bytes as hex, lower case. */
export const hexData: Parser<Hex> = (value, path) => {
  const digits = digitsOf(value, path)
  return digits.length % 2 ? reject(path, 'hex string of odd length') : `0x${digits}`
}

/** Bytes. */
export const bytes: Parser<Uint8Array> = (value, path) => hexToBytes(hexData(value, path))

/** A hex number below 2^256. Leading zeros are tolerated, as some clients send padded words. */
export const quantity: Parser<bigint> = (value, path) => {
  const digits = digitsOf(value, path)
  if (digits === '') return reject(path, 'hex string "0x"')
  if (digits.replace(/^0+/, '').length > 64) return reject(path, 'hex number > 256 bits')
  return BigInt(`0x${digits}`)
}

/** A hex number below 2^64. */
export const uint64: Parser<bigint> = (value, path) => {
  const number = quantity(value, path)
  return number < 1n << 64n ? number : reject(path, 'hex number > 64 bits')
}

/** A storage slot: up to 32 bytes, with or without leading zeros. */
export const slot: Parser<Hex> = (value, path) => {
  const digits = digitsOf(value, path)
  if (digits.length > 64)
    return reject(path, `unable to decode storage key: hex string too long, want at most 32 bytes`)
  return `0x${digits.padStart(64, '0')}`
}

/** A count or an index: a hex number or, as some clients send it, a JSON number. */
export const count: Parser<bigint> = (value, path) => {
  if (typeof value !== 'number') return uint64(value, path)
  return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : reject(path, 'want an unsigned integer')
}
