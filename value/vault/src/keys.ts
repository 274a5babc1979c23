import { secp256k1 } from '@noble/curves/secp256k1.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { cidBytes } from './cid.js'
import { VaultError } from './errors.js'

/** A data key wrapped for one grantee. */
export type WrappedKey = {
  /** Public key of the pair that was made for this wrap alone, compressed, 33 bytes. */
  ephemeral: Uint8Array
  /** The data key under AES-256-GCM, 48 bytes. */
  wrapped: Uint8Array
}

/**
 * Wraps a data key for a secp256k1 public key (ECIES): ephemeral ECDH, HKDF-SHA256 over the shared x coordinate with both public
 * keys as context, AES-256-GCM with the content's identifier as associated data. The derived key is used once, so the nonce
 * is zero.
 *
 * @throws {VaultError} `invalidKey`
 */
export async function wrapKey(
  dataKey: Uint8Array,
  grantee: Uint8Array,
  content: string,
): Promise<WrappedKey> {
  const publicKey = compressPublicKey(grantee)
  const { secretKey, publicKey: ephemeral } = secp256k1.keygen()
  const key = await deriveKey(secretKey, publicKey, ephemeral, publicKey)
  const parameters = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: buffer(cidBytes(content)) }
  const wrapped = new Uint8Array(await crypto.subtle.encrypt(parameters, key, buffer(dataKey)))
  return { ephemeral, wrapped }
}

/**
 * The data key out of a wrap, by the grantee's private key (32 bytes).
 *
 * @throws {VaultError} `invalidKey`, `notGranted` when the wrap is for another key or was changed
 */
export async function unwrapKey(
  { ephemeral, wrapped }: WrappedKey,
  privateKey: Uint8Array,
  content: string,
): Promise<Uint8Array> {
  const key = await deriveKey(privateKey, ephemeral, ephemeral, publicKeyOf(privateKey))
  const parameters = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData: buffer(cidBytes(content)) }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, buffer(wrapped)))
  } catch (cause) {
    throw new VaultError('notGranted', 'The grant does not open with this key.', cause)
  }
}

/** The compressed public key of a private key. @throws {VaultError} `invalidKey` */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  try {
    return secp256k1.getPublicKey(privateKey, true)
  } catch (cause) {
    throw new VaultError('invalidKey', 'Not a private key of secp256k1.', cause)
  }
}

/** 33 or 65 bytes to 33, with the point checked to be on the curve. @throws {VaultError} `invalidKey` */
export function compressPublicKey(publicKey: Uint8Array): Uint8Array {
  try {
    return secp256k1.Point.fromBytes(publicKey).toBytes(true)
  } catch (cause) {
    throw new VaultError('invalidKey', 'Not a public key of secp256k1.', cause)
  }
}

async function deriveKey(
  privateKey: Uint8Array,
  other: Uint8Array,
  ephemeral: Uint8Array,
  grantee: Uint8Array,
): Promise<CryptoKey> {
  const shared = secp256k1.getSharedSecret(privateKey, compressPublicKey(other), true).subarray(1)
  const context = concatBytes(utf8ToBytes('metis-vault/1 wrap'), ephemeral, grantee)
  const bytes = hkdf(sha256, shared, undefined, context, 32)
  return importKey(bytes)
}

export function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', buffer(bytes), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** What readers check so that one ciphertext cannot open under two keys (AES-GCM alone does not commit to its key). */
export function keyCommitment(dataKey: Uint8Array): Uint8Array {
  return hkdf(sha256, dataKey, undefined, utf8ToBytes('metis-vault/1 commitment'), 32)
}

/** WebCrypto's types want memory that is not shared. */
export function buffer(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}
