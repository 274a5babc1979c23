/** Bytes as lower-case hex with 0x. Addresses are 20 bytes, hashes 32. */
export type Hex = `0x${string}`
