import { sha256 } from '@noble/hashes/sha2.js'
import { CID } from 'multiformats/cid'
import * as json from 'multiformats/codecs/json'
import * as raw from 'multiformats/codecs/raw'
import { create } from 'multiformats/hashes/digest'
import { VaultError } from './errors.js'

const sha2_256 = 0x12

/** Content identifier (CIDv1, sha2-256, base32) of a block; IPFS gives the same. */
export function cidOf(block: Uint8Array, codec: 'raw' | 'json' = 'raw'): string {
  return CID.createV1(codec === 'raw' ? raw.code : json.code, create(sha2_256, sha256(block))).toString()
}

/**
 * The 32-byte sha2-256 digest in a CID: what fits into a `bytes32` on a chain.
 *
 * @throws {VaultError} `malformed` when it is no CIDv1 over sha2-256
 */
export function cidDigest(cid: string): Uint8Array {
  return parseCid(cid).multihash.digest
}

export function cidBytes(cid: string): Uint8Array {
  return parseCid(cid).bytes
}

/** Whether `block` is what `cid` names. */
export function isBlockOf(cid: string, block: Uint8Array): boolean {
  const expected = cidDigest(cid)
  const actual = sha256(block)
  return expected.every((byte, i) => byte === actual[i])
}

function parseCid(text: string): CID {
  let cid: CID
  try {
    cid = CID.parse(text)
  } catch (cause) {
    throw new VaultError('malformed', 'Not a content identifier.', cause)
  }
  if (cid.version !== 1 || cid.multihash.code !== sha2_256 || cid.multihash.digest.length !== 32) {
    throw new VaultError('malformed', 'Only CIDv1 over sha2-256 is supported.')
  }
  return cid
}
