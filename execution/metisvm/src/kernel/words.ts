const mask = 0xffffffffffffffffn

/** The largest 256-bit word. */
export const maxWord = (1n << 256n) - 1n
export const maxU64 = mask

/** Writes a word as four little-endian limbs, each of which takes the lowest 64 bits it is given. The value must be below 2^256. */
export function writeWord(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, value, true)
  if (value <= mask) {
    // Eight zero bytes are the number 0 too, which is one store instead of a call.
    view.setFloat64(at + 8, 0)
    view.setFloat64(at + 16, 0)
    view.setFloat64(at + 24, 0)
    return
  }
  view.setBigUint64(at + 8, value >> 64n, true)
  view.setBigUint64(at + 16, value >> 128n, true)
  view.setBigUint64(at + 24, value >> 192n, true)
}

export function readWord(view: DataView, at: number): bigint {
  const low = view.getBigUint64(at, true)
  // Balances mostly have one limb or two, and each that is read is an object.
  const isShort = isZero(view, at + 16) && isZero(view, at + 24)
  if (isShort && isZero(view, at + 8)) return low
  const second = view.getBigUint64(at + 8, true)
  if (isShort) return low | (second << 64n)
  return (
    low |
    (second << 64n) |
    (view.getBigUint64(at + 16, true) << 128n) |
    (view.getBigUint64(at + 24, true) << 192n)
  )
}

const isZero = (view: DataView, at: number): boolean => (view.getInt32(at) | view.getInt32(at + 4)) === 0

/** A word in memory as 32 bytes, big-endian. */
export function readWordBytes(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.slice(at, at + 32).reverse()
}

/** 32 big-endian bytes to a word in memory. */
export function writeWordBytes(bytes: Uint8Array, at: number, value: Uint8Array): void {
  for (let i = 0; i < 32; i++) bytes[at + i] = value[31 - i]!
}
