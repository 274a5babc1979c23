import { createRequire } from 'node:module'
import { keccak256 } from '@metis-stack/kernel'
import { secp256k1 } from '@noble/curves/secp256k1.js'

/** (64 bytes r ‖ s, 0 or 1, 32-byte hash) → 65-byte uncompressed key; throws when there is none. */
type Recover = (signature: Uint8Array, recovery: number, hash: Uint8Array) => Uint8Array

type NativeSecp256k1 = {
  ecdsaRecover(signature: Uint8Array, recovery: number, hash: Uint8Array, compressed: boolean): Uint8Array
}

// The package's own fallback is `elliptic`; asking for its bindings alone makes noble the fallback instead.
function loadNative(): Recover | undefined {
  try {
    const native = createRequire(import.meta.url)('secp256k1/bindings.js') as NativeSecp256k1
    return (signature, recovery, hash) => native.ecdsaRecover(signature, recovery, hash, false)
  } catch {
    return undefined
  }
}

/** The portable implementation, 30 times slower; used where the native addon has no build. */
export const recoverPortable: Recover = (signature, recovery, hash) =>
  secp256k1.Signature.fromBytes(signature, 'compact')
    .addRecoveryBit(recovery)
    .recoverPublicKey(hash)
    .toBytes(false)

/** The native implementation, `undefined` when its addon cannot be loaded on this machine. */
export const recoverNative = loadNative()

const recover = recoverNative ?? recoverPortable

/**
 * Address of the account that signed `hash`, `undefined` when the signature is not valid for any key.
 * `hash`, `r`, `s`: 32 bytes. `yParity`: 0 or 1. High `s` values are accepted: EIP-2 is the caller's rule.
 */
export function ecrecover(
  hash: Uint8Array,
  r: Uint8Array,
  s: Uint8Array,
  yParity: number,
): Uint8Array | undefined {
  if (yParity !== 0 && yParity !== 1) return undefined
  if (hash.length !== 32 || r.length !== 32 || s.length !== 32) return undefined
  const signature = new Uint8Array(64)
  signature.set(r)
  signature.set(s, 32)
  try {
    return keccak256(recover(signature, yParity, hash).subarray(1)).slice(12)
  } catch {
    return undefined
  }
}
