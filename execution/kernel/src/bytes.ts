import { KernelError } from './errors.js'

const hexOf = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case 0x-string, two digits a byte. */
export function bytesToHex(bytes: Uint8Array): `0x${string}` {
  let digits = ''
  for (let i = 0; i < bytes.length; i++) digits += hexOf[bytes[i]!]
  return `0x${digits}`
}

/**
 * Bytes of a hex string, `0x` optional.
 *
 * @throws {KernelError} `invalidHex` on an odd number of digits or a character that is none.
 */
export function hexToBytes(hex: string): Uint8Array {
  const start = hex.startsWith('0x') ? 2 : 0
  if ((hex.length - start) % 2 !== 0)
    throw new KernelError('invalidHex', 'Hex string has an odd number of digits.')
  const bytes = new Uint8Array((hex.length - start) / 2)
  for (let i = 0, at = start; i < bytes.length; i++, at += 2) {
    const value = (digit(hex.charCodeAt(at)) << 4) | digit(hex.charCodeAt(at + 1))
    if (value < 0) throw new KernelError('invalidHex', `Not a hex digit near position ${at}.`)
    bytes[i] = value
  }
  return bytes
}

/** 0 … 15, or a negative number. */
function digit(charCode: number): number {
  if (charCode >= 48 && charCode <= 57) return charCode - 48
  const letter = charCode | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** Big-endian unsigned; no bytes are zero. */
export function bytesToBigInt(bytes: Uint8Array, from = 0): bigint {
  const length = bytes.length - from
  if (length <= 4) {
    let value = 0
    for (let i = from; i < bytes.length; i++) value = value * 256 + bytes[i]!
    return BigInt(value)
  }
  if (length <= 8) return wordOf(bytes, from, bytes.length)
  // Longer ones are faster by way of a string.
  if (length > 16) return BigInt(bytesToHex(bytes.subarray(from)))
  const last = bytes.length - 8
  return (wordOf(bytes, from, last) << 64n) | wordOf(bytes, last, bytes.length)
}

/** The number in at most 8 bytes. */
function wordOf(bytes: Uint8Array, from: number, to: number): bigint {
  const middle = Math.max(from, to - 4)
  let high = 0
  let low = 0
  for (let i = from; i < middle; i++) high = (high << 8) | bytes[i]!
  for (let i = middle; i < to; i++) low = (low << 8) | bytes[i]!
  halves[0] = low
  halves[1] = high
  return word[0]!
}

const word = new BigUint64Array(1)
/** Low, high: as the processors that Node has been built for order them. */
const halves = new Uint32Array(word.buffer)

/**
 * Big-endian unsigned, left-padded to `size` bytes, or as few bytes as needed (none for zero).
 *
 * @throws {RangeError} when the value is negative or does not fit.
 */
export function bigIntToBytes(value: bigint, size?: number): Uint8Array {
  if (value < 0n) throw new RangeError('Cannot encode a negative number.')
  if (value <= Number.MAX_SAFE_INTEGER) return safeIntegerToBytes(Number(value), size)
  let digits = value === 0n ? '' : value.toString(16)
  if (digits.length % 2 !== 0) digits = `0${digits}`
  if (size === undefined) return hexToBytes(digits)
  if (digits.length > size * 2) throw new RangeError(`Number does not fit in ${size} bytes.`)
  return hexToBytes(digits.padStart(size * 2, '0'))
}

function safeIntegerToBytes(value: number, size: number | undefined): Uint8Array {
  let length = 0
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) length++
  if (size !== undefined && length > size) throw new RangeError(`Number does not fit in ${size} bytes.`)
  const bytes = new Uint8Array(size ?? length)
  let at = bytes.length
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes[--at] = rest % 256
  return bytes
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
