const mask = 0xffffffffffffffffn

/** The largest 256-bit word. */
export const maxWord = (1n << 256n) - 1n
export const maxU64 = mask

/** Writes a word as four little-endian limbs, each of which takes the lowest 64 bits it is given. The value must be below 2^256. */
export function writeWord(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, value, true)
  if (value <= mask) {
    view.setBigUint64(at + 8, 0n, true)
    view.setBigUint64(at + 16, 0n, true)
    view.setBigUint64(at + 24, 0n, true)
    return
  }
  view.setBigUint64(at + 8, value >> 64n, true)
  view.setBigUint64(at + 16, value >> 128n, true)
  view.setBigUint64(at + 24, value >> 192n, true)
}

export function readWord(view: DataView, at: number): bigint {
  const low = view.getBigUint64(at, true)
  const second = view.getBigUint64(at + 8, true)
  const third = view.getBigUint64(at + 16, true)
  const high = view.getBigUint64(at + 24, true)
  if ((second | third | high) === 0n) return low
  return low | (second << 64n) | (third << 128n) | (high << 192n)
}

/** A word in memory as 32 bytes, big-endian. */
export function readWordBytes(bytes: Uint8Array, at: number): Uint8Array {
  const word = new Uint8Array(32)
  for (let i = 0; i < 32; i++) word[i] = bytes[at + 31 - i]!
  return word
}

/** 32 big-endian bytes to a word in memory. */
export function writeWordBytes(bytes: Uint8Array, at: number, value: Uint8Array): void {
  for (let i = 0; i < 32; i++) bytes[at + i] = value[31 - i]!
}
