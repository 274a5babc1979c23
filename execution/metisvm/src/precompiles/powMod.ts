/** Odd powers base^1, base^3 … are tabled for windows of this many bits, by exponent length in bits. */
function windowBits(exponentBits: number): number {
  if (exponentBits <= 16) return 1
  if (exponentBits <= 80) return 3
  if (exponentBits <= 240) return 4
  if (exponentBits <= 672) return 5
  return 6
}

const bitAt = (bytes: Uint8Array, bit: number): number =>
  (bytes[bytes.length - 1 - (bit >> 3)]! >> (bit & 7)) & 1

function bitLength(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first]!) - 24)
}

/**
 * base ** exponent mod modulus by sliding windows. `exponent`: big-endian bytes. `modulus` > 0. Not constant-time.
 */
export function powMod(base: bigint, exponent: Uint8Array, modulus: bigint): bigint {
  if (modulus === 1n) return 0n
  const bits = bitLength(exponent)
  let power = base % modulus
  if (bits === 0) return 1n
  if (power < 2n) return power
  const width = windowBits(bits)
  const table: bigint[] = [power]
  if (width > 1) {
    const square = (power * power) % modulus
    for (let i = 1; i < 1 << (width - 1); i++) table.push((table[i - 1]! * square) % modulus)
  }
  power = 1n
  let bit = bits - 1
  while (bit >= 0) {
    if (bitAt(exponent, bit) === 0) {
      power = (power * power) % modulus
      bit--
      continue
    }
    let low = Math.max(0, bit - width + 1)
    while (bitAt(exponent, low) === 0) low++
    let value = 0
    for (let i = bit; i >= low; i--) {
      value = (value << 1) | bitAt(exponent, i)
      power = (power * power) % modulus
    }
    power = (power * table[value >> 1]!) % modulus
    bit = low - 1
  }
  return power
}
