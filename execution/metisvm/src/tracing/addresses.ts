import { bigIntToBytes, concat, keccak256, rlp } from '@metis-stack/kernel'

/** Where CREATE by `creator` at `nonce` goes. */
export function createdAddress(creator: Uint8Array, nonce: bigint): Uint8Array {
  return keccak256(rlp.encode([creator, bigIntToBytes(nonce)])).slice(12)
}

/** Where CREATE2 goes (EIP-1014). */
export function create2Address(creator: Uint8Array, salt: Uint8Array, initCode: Uint8Array): Uint8Array {
  return keccak256(concat(Uint8Array.of(0xff), creator, salt, keccak256(initCode))).slice(12)
}
