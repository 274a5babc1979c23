import { bigIntToBytes } from '@metis-stack/kernel'
import { ecrecover } from '@metis-stack/metisvm'

/** Order of secp256k1. */
export const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
export const halfCurveOrder = curveOrder >> 1n

/** The address whose key signed `digest` (32 bytes), or `undefined` when no key can have. Accepts high `s`. */
export function recoverAddress(
  digest: Uint8Array,
  { r, s, yParity }: { r: bigint; s: bigint; yParity: number },
): Uint8Array | undefined {
  if (yParity !== 0 && yParity !== 1) return undefined
  if (r <= 0n || s <= 0n || r >= curveOrder || s >= curveOrder) return undefined
  return ecrecover(digest, bigIntToBytes(r, 32), bigIntToBytes(s, 32), yParity)
}
