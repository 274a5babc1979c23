/** Initialisation vector as pairs of 32-bit words, low word first (RFC 7693). */
const iv = new Uint32Array([
  0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a, 0xade682d1,
  0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19,
])

/** Which message words each of the ten rounds mixes in. */
const sigma = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
].map((row) => Uint8Array.from(row))

const v = new Uint32Array(32)
const m = new Uint32Array(32)

/** v[a] += v[b] + m[x], v[d] = (v[d] ^ v[a]) >>> rotation and so on; indices are of low words. */
function mix(a: number, b: number, c: number, d: number, x: number, y: number): void {
  let low = v[a]! + v[b]! + m[x]!
  let high = (v[a + 1]! + v[b + 1]! + m[x + 1]! + Math.floor(low / 0x1_0000_0000)) >>> 0
  low >>>= 0
  let dLow = v[d + 1]! ^ high
  let dHigh = v[d]! ^ low
  let cLow = v[c]! + (dLow >>> 0)
  let cHigh = (v[c + 1]! + (dHigh >>> 0) + (cLow > 0xffff_ffff ? 1 : 0)) >>> 0
  cLow >>>= 0
  let xLow = v[b]! ^ cLow
  let xHigh = v[b + 1]! ^ cHigh
  let bLow = (xLow >>> 24) | (xHigh << 8)
  let bHigh = (xHigh >>> 24) | (xLow << 8)
  low = low + (bLow >>> 0) + m[y]!
  high = (high + (bHigh >>> 0) + m[y + 1]! + Math.floor(low / 0x1_0000_0000)) >>> 0
  low >>>= 0
  xLow = dLow ^ low
  xHigh = dHigh ^ high
  dLow = (xLow >>> 16) | (xHigh << 16)
  dHigh = (xHigh >>> 16) | (xLow << 16)
  cLow += dLow >>> 0
  cHigh = (cHigh + (dHigh >>> 0) + (cLow > 0xffff_ffff ? 1 : 0)) >>> 0
  cLow >>>= 0
  xLow = bLow ^ cLow
  xHigh = bHigh ^ cHigh
  bLow = (xLow << 1) | (xHigh >>> 31)
  bHigh = (xHigh << 1) | (xLow >>> 31)
  v[a] = low
  v[a + 1] = high
  v[b] = bLow
  v[b + 1] = bHigh
  v[c] = cLow
  v[c + 1] = cHigh
  v[d] = dLow
  v[d + 1] = dHigh
}

function loadWords(bytes: Uint8Array, words: Uint32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let i = 0; i < bytes.length / 4; i++) words[i] = view.getUint32(4 * i, true)
}

/**
 * BLAKE2b's compression function F with a free number of rounds (RFC 7693). `state`: 64 bytes, `message`: 128, `offset`: 16,
 * all little-endian. Returns the new state.
 */
export function compress(
  rounds: number,
  state: Uint8Array,
  message: Uint8Array,
  offset: Uint8Array,
  final: boolean,
): Uint8Array {
  const h = new Uint32Array(16)
  const t = new Uint32Array(4)
  loadWords(state, h)
  loadWords(message, m)
  loadWords(offset, t)
  v.set(h)
  v.set(iv, 16)
  for (let i = 0; i < 4; i++) v[24 + i]! ^= t[i]!
  if (final) {
    v[28] = ~v[28]!
    v[29] = ~v[29]!
  }
  for (let round = 0; round < rounds; round++) {
    const s = sigma[round % 10]!
    mix(0, 8, 16, 24, 2 * s[0]!, 2 * s[1]!)
    mix(2, 10, 18, 26, 2 * s[2]!, 2 * s[3]!)
    mix(4, 12, 20, 28, 2 * s[4]!, 2 * s[5]!)
    mix(6, 14, 22, 30, 2 * s[6]!, 2 * s[7]!)
    mix(0, 10, 20, 30, 2 * s[8]!, 2 * s[9]!)
    mix(2, 12, 22, 24, 2 * s[10]!, 2 * s[11]!)
    mix(4, 14, 16, 26, 2 * s[12]!, 2 * s[13]!)
    mix(6, 8, 18, 28, 2 * s[14]!, 2 * s[15]!)
  }
  const output = new Uint8Array(64)
  const view = new DataView(output.buffer)
  for (let i = 0; i < 16; i++) view.setUint32(4 * i, h[i]! ^ v[i]! ^ v[16 + i]!, true)
  return output
}
