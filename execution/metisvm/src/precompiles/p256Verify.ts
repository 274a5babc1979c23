import type { Precompile } from '../interface.js'
import { isZero, toBigInt } from './bytes.js'
import { frSize, g1Size, Mcl, mclCurves } from './mcl.js'

const p256 = await Mcl.create(mclCurves.p256)

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const inputSize = 160

const generator = p256.c._malloc(g1Size)
p256.c._mclBnG1_getBasePoint(generator)

/** ECDSA over secp256r1: hash, r, s, x and y of 32 bytes each. Accepts high s; refuses infinity and points off the curve. */
function verify(hash: Uint8Array, r: Uint8Array, s: Uint8Array, x: Uint8Array, y: Uint8Array): boolean {
  const rValue = toBigInt(r)
  const sValue = toBigInt(s)
  if (rValue === 0n || rValue >= order || sValue === 0n || sValue >= order) return false
  if (isZero(x) && isZero(y)) return false
  const { c } = p256
  return p256.withScratch(3 * g1Size + 3 * frSize, (points) => {
    const key = points + g1Size
    const sum = key + g1Size
    const u1 = sum + g1Size
    const u2 = u1 + frSize
    const inverse = u2 + frSize
    if (!p256.readG1(key, x, y) || c._mclBnG1_isValid(key) !== 1) return false
    p256.readScalar(inverse, s)
    c._mclBnFr_inv(inverse, inverse)
    p256.readScalar(u1, hash)
    c._mclBnFr_mul(u1, u1, inverse)
    p256.readScalar(u2, r)
    c._mclBnFr_mul(u2, u2, inverse)
    new Uint8Array(c.wasmMemory.buffer).copyWithin(points, generator, generator + g1Size)
    c._mclBnG1_mulVec(sum, points, u1, 2)
    const x1 = p256.writeG1(sum)?.[0]
    return x1 !== undefined && toBigInt(x1) % order === rValue
  })
}

/** 0x100: verifies a secp256r1 signature (EIP-7951): 32-byte one, or no output. 6,900 gas. */
export const p256Verify: Precompile = {
  name: 'p256Verify',
  gas: () => 6900n,
  run(input) {
    if (input.length !== inputSize) return new Uint8Array(0)
    const [hash, r, s, x, y] = [0, 32, 64, 96, 128].map((i) => input.subarray(i, i + 32))
    if (!verify(hash!, r!, s!, x!, y!)) return new Uint8Array(0)
    const output = new Uint8Array(32)
    output[31] = 1
    return output
  },
}
