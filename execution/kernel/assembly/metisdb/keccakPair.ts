/**
 * Two Keccak-256 hashes at once, one in each 64-bit lane of the vectors. Two messages go together when they have the same
 * number of blocks.
 */

/** Bytes absorbed per permutation. */
const RATE: usize = 136

const STATE: usize = memory.data(400, 16)

// prettier-ignore
const ROUND_CONSTANTS: usize = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
  0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
  0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
  0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
  0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
])

// @ts-ignore: decorator
@inline
function rotate(value: v128, by: i32): v128 {
  return v128.or(v128.shl<u64>(value, by), v128.shr<u64>(value, 64 - by))
}

/** keccak-f[1600] on two states whose lanes alternate at `state`. */
function permute(state: usize): void {
  let a0 = v128.load(state, 0)
  let a1 = v128.load(state, 16)
  let a2 = v128.load(state, 32)
  let a3 = v128.load(state, 48)
  let a4 = v128.load(state, 64)
  let a5 = v128.load(state, 80)
  let a6 = v128.load(state, 96)
  let a7 = v128.load(state, 112)
  let a8 = v128.load(state, 128)
  let a9 = v128.load(state, 144)
  let a10 = v128.load(state, 160)
  let a11 = v128.load(state, 176)
  let a12 = v128.load(state, 192)
  let a13 = v128.load(state, 208)
  let a14 = v128.load(state, 224)
  let a15 = v128.load(state, 240)
  let a16 = v128.load(state, 256)
  let a17 = v128.load(state, 272)
  let a18 = v128.load(state, 288)
  let a19 = v128.load(state, 304)
  let a20 = v128.load(state, 320)
  let a21 = v128.load(state, 336)
  let a22 = v128.load(state, 352)
  let a23 = v128.load(state, 368)
  let a24 = v128.load(state, 384)
  for (let round: usize = 0; round < 192; round += 8) {
    const c0 = v128.xor(v128.xor(v128.xor(v128.xor(a0, a5), a10), a15), a20)
    const c1 = v128.xor(v128.xor(v128.xor(v128.xor(a1, a6), a11), a16), a21)
    const c2 = v128.xor(v128.xor(v128.xor(v128.xor(a2, a7), a12), a17), a22)
    const c3 = v128.xor(v128.xor(v128.xor(v128.xor(a3, a8), a13), a18), a23)
    const c4 = v128.xor(v128.xor(v128.xor(v128.xor(a4, a9), a14), a19), a24)
    const d0 = v128.xor(c4, rotate(c1, 1))
    const d1 = v128.xor(c0, rotate(c2, 1))
    const d2 = v128.xor(c1, rotate(c3, 1))
    const d3 = v128.xor(c2, rotate(c4, 1))
    const d4 = v128.xor(c3, rotate(c0, 1))
    const b0 = v128.xor(a0, d0)
    const b16 = rotate(v128.xor(a5, d0), 36)
    const b7 = rotate(v128.xor(a10, d0), 3)
    const b23 = rotate(v128.xor(a15, d0), 41)
    const b14 = rotate(v128.xor(a20, d0), 18)
    const b10 = rotate(v128.xor(a1, d1), 1)
    const b1 = rotate(v128.xor(a6, d1), 44)
    const b17 = rotate(v128.xor(a11, d1), 10)
    const b8 = rotate(v128.xor(a16, d1), 45)
    const b24 = rotate(v128.xor(a21, d1), 2)
    const b20 = rotate(v128.xor(a2, d2), 62)
    const b11 = rotate(v128.xor(a7, d2), 6)
    const b2 = rotate(v128.xor(a12, d2), 43)
    const b18 = rotate(v128.xor(a17, d2), 15)
    const b9 = rotate(v128.xor(a22, d2), 61)
    const b5 = rotate(v128.xor(a3, d3), 28)
    const b21 = rotate(v128.xor(a8, d3), 55)
    const b12 = rotate(v128.xor(a13, d3), 25)
    const b3 = rotate(v128.xor(a18, d3), 21)
    const b19 = rotate(v128.xor(a23, d3), 56)
    const b15 = rotate(v128.xor(a4, d4), 27)
    const b6 = rotate(v128.xor(a9, d4), 20)
    const b22 = rotate(v128.xor(a14, d4), 39)
    const b13 = rotate(v128.xor(a19, d4), 8)
    const b4 = rotate(v128.xor(a24, d4), 14)
    a0 = v128.xor(v128.xor(b0, v128.andnot(b2, b1)), v128.splat<u64>(load<u64>(ROUND_CONSTANTS + round)))
    a1 = v128.xor(b1, v128.andnot(b3, b2))
    a2 = v128.xor(b2, v128.andnot(b4, b3))
    a3 = v128.xor(b3, v128.andnot(b0, b4))
    a4 = v128.xor(b4, v128.andnot(b1, b0))
    a5 = v128.xor(b5, v128.andnot(b7, b6))
    a6 = v128.xor(b6, v128.andnot(b8, b7))
    a7 = v128.xor(b7, v128.andnot(b9, b8))
    a8 = v128.xor(b8, v128.andnot(b5, b9))
    a9 = v128.xor(b9, v128.andnot(b6, b5))
    a10 = v128.xor(b10, v128.andnot(b12, b11))
    a11 = v128.xor(b11, v128.andnot(b13, b12))
    a12 = v128.xor(b12, v128.andnot(b14, b13))
    a13 = v128.xor(b13, v128.andnot(b10, b14))
    a14 = v128.xor(b14, v128.andnot(b11, b10))
    a15 = v128.xor(b15, v128.andnot(b17, b16))
    a16 = v128.xor(b16, v128.andnot(b18, b17))
    a17 = v128.xor(b17, v128.andnot(b19, b18))
    a18 = v128.xor(b18, v128.andnot(b15, b19))
    a19 = v128.xor(b19, v128.andnot(b16, b15))
    a20 = v128.xor(b20, v128.andnot(b22, b21))
    a21 = v128.xor(b21, v128.andnot(b23, b22))
    a22 = v128.xor(b22, v128.andnot(b24, b23))
    a23 = v128.xor(b23, v128.andnot(b20, b24))
    a24 = v128.xor(b24, v128.andnot(b21, b20))
  }
  v128.store(state, a0, 0)
  v128.store(state, a1, 16)
  v128.store(state, a2, 32)
  v128.store(state, a3, 48)
  v128.store(state, a4, 64)
  v128.store(state, a5, 80)
  v128.store(state, a6, 96)
  v128.store(state, a7, 112)
  v128.store(state, a8, 128)
  v128.store(state, a9, 144)
  v128.store(state, a10, 160)
  v128.store(state, a11, 176)
  v128.store(state, a12, 192)
  v128.store(state, a13, 208)
  v128.store(state, a14, 224)
  v128.store(state, a15, 240)
  v128.store(state, a16, 256)
  v128.store(state, a17, 272)
  v128.store(state, a18, 288)
  v128.store(state, a19, 304)
  v128.store(state, a20, 320)
  v128.store(state, a21, 336)
  v128.store(state, a22, 352)
  v128.store(state, a23, 368)
  v128.store(state, a24, 384)
}

/** Pads a message of `length` bytes in place, up to the end of its last block. Up to 15 bytes behind that are cleared too. */
export function pad(at: usize, length: usize, blocks: usize): void {
  const end = at + blocks * RATE
  for (let next = at + length; next < end; next += 16) v128.store(next, i64x2.splat(0))
  store<u8>(at + length, 1)
  store<u8>(end - 1, load<u8>(end - 1) | 0x80)
}

/** Hashes two padded messages of `blocks` blocks. An output may be anywhere but in the messages. */
export function hashPair(a: usize, b: usize, blocks: usize, outA: usize, outB: usize): void {
  for (let i: usize = 0; i < RATE; i += 8) {
    v128.store(STATE + (i << 1), v128.load64_lane(b + i, v128.load64_zero(a + i), 1))
  }
  for (let i: usize = 2 * RATE; i < 400; i += 16) v128.store(STATE + i, i64x2.splat(0))
  permute(STATE)
  for (; blocks > 1; blocks--) {
    a += RATE
    b += RATE
    for (let i: usize = 0; i < RATE; i += 8) {
      const lane = STATE + (i << 1)
      const both = v128.load64_lane(b + i, v128.load64_zero(a + i), 1)
      v128.store(lane, v128.xor(v128.load(lane), both))
    }
    permute(STATE)
  }
  for (let i: usize = 0; i < 32; i += 8) {
    store<u64>(outA + i, load<u64>(STATE + (i << 1)))
    store<u64>(outB + i, load<u64>(STATE + (i << 1), 8))
  }
}

/** The permutation alone, `count` times: the floor that hashing is measured against. */
export function permutePairs(count: i32): void {
  for (; count > 0; count--) permute(STATE)
}
