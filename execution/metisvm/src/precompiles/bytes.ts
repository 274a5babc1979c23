/** `length` bytes of `input` from `offset`, right-padded with zeros where the input ends. Always a copy. */
export function windowOf(input: Uint8Array, offset: number, length: number): Uint8Array {
  const window = new Uint8Array(length)
  if (offset < input.length) window.set(input.subarray(offset, Math.min(input.length, offset + length)))
  return window
}

/** Big-endian unsigned integer; 0n for no bytes. */
export function toBigInt(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`)
}

/** Big-endian, exactly `length` bytes; `value` must fit. */
export function fromBigInt(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  if (length > 0) bytes.set(Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex'))
  return bytes
}

/** Number of 32-byte words that `length` bytes occupy. */
export function wordsOf(length: number): bigint {
  return BigInt(Math.ceil(length / 32))
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
