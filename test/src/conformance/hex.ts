/** Thrown for a number that a transaction or header field cannot hold: the case must then expect a rejection. */
export class UnrepresentableError extends Error {
  readonly code = 'unrepresentable'
  override name = 'UnrepresentableError'
}

/** Bytes of fixture hex: with or without 0x, odd lengths allowed. */
export function bytesOf(hex: string): Uint8Array {
  const digits = hex.startsWith('0x') ? hex.slice(2) : hex
  return new Uint8Array(Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'))
}

/** Left-padded to `size` bytes. */
export function paddedBytesOf(hex: string, size: number): Uint8Array {
  const bytes = bytesOf(hex)
  const padded = new Uint8Array(size)
  padded.set(bytes.subarray(-size), Math.max(0, size - bytes.length))
  return padded
}

/** Fixture number: hex with leading zeros, decimal, empty for zero, or `0x:bigint 0x…` for what is out of bounds. */
export function bigintOf(text: string | number): bigint {
  if (typeof text === 'number') return BigInt(text)
  const digits = text.replace(/^0x:bigint /, '')
  return digits === '' || digits === '0x' ? 0n : BigInt(digits)
}

/** @throws {UnrepresentableError} when the number needs more than `bits` bits. */
export function boundedOf(text: string | number, bits: number): bigint {
  const value = bigintOf(text)
  if (value >> BigInt(bits) !== 0n) throw new UnrepresentableError(`${text} does not fit ${bits} bits`)
  return value
}
