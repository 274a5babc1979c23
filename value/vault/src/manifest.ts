import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { cidDigest } from './cid.js'
import { noncePrefixBytes, tagBytes } from './cipher.js'
import { VaultError } from './errors.js'
import type { WrappedKey } from './keys.js'

/** Describes sealed content. Public: it says how long the content is, not what it is. Its CID is the content's name. */
export type Manifest = {
  /** Length of the plain content. */
  bytes: number
  /** Plain bytes in each chunk but the last. */
  chunkBytes: number
  /** 7 bytes */
  noncePrefix: Uint8Array
  /** 32 bytes */
  keyCommitment: Uint8Array
  /** CIDs of the encrypted chunks, in order; at least one. */
  chunks: string[]
}

/** Who may read a content. Changes with every grant while the content's name stays. */
export type Grants = { content: string; grants: Grant[] }

/** `grantee`: compressed public key. */
export type Grant = WrappedKey & { grantee: Uint8Array }

export function encodeManifest({
  bytes,
  chunkBytes,
  noncePrefix,
  keyCommitment,
  chunks,
}: Manifest): Uint8Array {
  return encode({
    type: 'metis-vault/content/1',
    cipher: 'AES-256-GCM-STREAM',
    bytes,
    chunkBytes,
    noncePrefix: bytesToHex(noncePrefix),
    keyCommitment: bytesToHex(keyCommitment),
    chunks,
  })
}

/** @throws {VaultError} `malformed` */
export function decodeManifest(block: Uint8Array): Manifest {
  const value = decode(block, 'metis-vault/content/1')
  if (value.cipher !== 'AES-256-GCM-STREAM') throw malformed('unknown cipher')
  const chunks = value.chunks
  if (!Array.isArray(chunks)) throw malformed('chunks')
  const manifest: Manifest = {
    bytes: count(value, 'bytes'),
    chunkBytes: count(value, 'chunkBytes'),
    noncePrefix: hex(value, 'noncePrefix', noncePrefixBytes),
    keyCommitment: hex(value, 'keyCommitment', 32),
    chunks: chunks.map((cid: unknown) => {
      if (typeof cid !== 'string') throw malformed('chunks')
      cidDigest(cid)
      return cid
    }),
  }
  if (manifest.chunkBytes === 0) throw malformed('chunkBytes')
  if (chunks.length !== Math.max(1, Math.ceil(manifest.bytes / manifest.chunkBytes))) {
    throw malformed('the number of chunks does not fit the length')
  }
  return manifest
}

/** Encrypted length of chunk `index`. */
export function sealedChunkBytes({ bytes, chunkBytes, chunks }: Manifest, index: number): number {
  return (index < chunks.length - 1 ? chunkBytes : bytes - index * chunkBytes) + tagBytes
}

export function encodeGrants({ content, grants }: Grants): Uint8Array {
  return encode({
    type: 'metis-vault/grants/1',
    content,
    grants: grants.map(({ grantee, ephemeral, wrapped }) => ({
      grantee: bytesToHex(grantee),
      ephemeral: bytesToHex(ephemeral),
      wrapped: bytesToHex(wrapped),
    })),
  })
}

/** @throws {VaultError} `malformed` */
export function decodeGrants(block: Uint8Array): Grants {
  const value = decode(block, 'metis-vault/grants/1')
  const { content, grants } = value
  if (typeof content !== 'string') throw malformed('content')
  cidDigest(content)
  if (!Array.isArray(grants)) throw malformed('grants')
  return {
    content,
    grants: grants.map((grant: unknown) => {
      if (!isRecord(grant)) throw malformed('grants')
      return {
        grantee: hex(grant, 'grantee', 33),
        ephemeral: hex(grant, 'ephemeral', 33),
        wrapped: hex(grant, 'wrapped', 48),
      }
    }),
  }
}

function encode(value: object): Uint8Array {
  return utf8ToBytes(JSON.stringify(value))
}

function decode(block: Uint8Array, type: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(block))
  } catch (cause) {
    throw malformed('not JSON', cause)
  }
  if (!isRecord(value) || value.type !== type) throw malformed(`not of type ${type}`)
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function count(value: Record<string, unknown>, field: string): number {
  const number = value[field]
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) throw malformed(field)
  return number
}

function hex(value: Record<string, unknown>, field: string, length: number): Uint8Array {
  const text = value[field]
  if (typeof text !== 'string' || text.length !== 2 * length || !/^[0-9a-f]*$/.test(text))
    throw malformed(field)
  return hexToBytes(text)
}

function malformed(what: string, cause?: unknown): VaultError {
  return new VaultError('malformed', `Malformed vault document: ${what}.`, cause)
}
