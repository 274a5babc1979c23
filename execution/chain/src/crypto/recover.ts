import { bigIntToBytes, keccak256 } from '@metis-stack/kernel'
import secp256k1 from 'secp256k1'

/** Order of secp256k1. */
export const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
export const halfCurveOrder = curveOrder >> 1n

/** The address whose key signed `digest` (32 bytes), or `undefined` when no key can have. Accepts high `s`. */
export function recoverAddress(
  digest: Uint8Array,
  signature: { r: bigint; s: bigint; yParity: number },
): Uint8Array | undefined {
  const { r, s, yParity } = signature
  if (r <= 0n || s <= 0n || r >= curveOrder || s >= curveOrder || yParity < 0 || yParity > 1) return undefined
  const compact = new Uint8Array(64)
  compact.set(bigIntToBytes(r, 32), 0)
  compact.set(bigIntToBytes(s, 32), 32)
  try {
    const key = secp256k1.ecdsaRecover(compact, yParity, digest, false)
    return keccak256(key.subarray(1)).subarray(12)
  } catch {
    return undefined
  }
}
