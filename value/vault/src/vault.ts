import { createChunkCipher, noncePrefixBytes } from './cipher.js'
import { VaultError } from './errors.js'
import { compressPublicKey, keyCommitment, publicKeyOf, unwrapKey, wrapKey } from './keys.js'
import {
  decodeGrants,
  decodeManifest,
  encodeGrants,
  encodeManifest,
  type Grant,
  type Grants,
  type Manifest,
  sealedChunkBytes,
} from './manifest.js'
import { type BlockStore, getBlock, putBlock } from './store/blockStore.js'

const defaultChunkBytes = 256 * 1024

/** Names of what {@link seal} has stored. */
export type Sealed = {
  /** CID of the manifest: the content's name, to be anchored. Stays when grants change. */
  content: string
  /** CID of the grants: what a reader needs to find its key. */
  grants: string
}

/**
 * Encrypts content under a new random key (AES-256-GCM, in chunks), wraps the key for each grantee and stores all of it.
 * Who seals and wants to read or grant later includes its own public key.
 *
 * @example
 * ```ts
 * const { content, grants } = await seal(bytes, { grantees: [publicKeyOf(mine), theirs], store })
 * const plain = await open(grants, { privateKey: mine, store })
 * ```
 * @throws {VaultError} `invalidKey`
 */
export async function seal(
  data: Uint8Array | AsyncIterable<Uint8Array>,
  {
    grantees,
    store,
    chunkBytes = defaultChunkBytes,
  }: { grantees: readonly Uint8Array[]; store: BlockStore; chunkBytes?: number },
): Promise<Sealed> {
  const readers = grantees.map(compressPublicKey)
  const dataKey = crypto.getRandomValues(new Uint8Array(32))
  const noncePrefix = crypto.getRandomValues(new Uint8Array(noncePrefixBytes))
  const cipher = await createChunkCipher(dataKey, noncePrefix)
  const chunks: string[] = []
  let bytes = 0
  for await (const { chunk, last } of inChunks(data, chunkBytes)) {
    const block = await cipher.encrypt(chunk, chunks.length, last)
    chunks.push(await putBlock(store, block, 'raw'))
    bytes += chunk.length
  }
  const manifest = { bytes, chunkBytes, noncePrefix, keyCommitment: keyCommitment(dataKey), chunks }
  const content = await putBlock(store, encodeManifest(manifest), 'json')
  const wraps = await Promise.all(readers.map((grantee) => wrapFor(grantee, dataKey, content)))
  return { content, grants: await putBlock(store, encodeGrants({ content, grants: wraps }), 'json') }
}

/**
 * Decrypts content, chunk by chunk; a chunk is handed out only after it has authenticated. A reader that stops before the end
 * does not know whether the rest is intact.
 *
 * @throws {VaultError} `notGranted`, `tampered`, `missingBlock`, `malformed`, `invalidKey`
 */
export async function* openStream(
  grants: string,
  { privateKey, store }: { privateKey: Uint8Array; store: BlockStore },
): AsyncGenerator<Uint8Array> {
  const { manifest, dataKey } = await access(grants, privateKey, store)
  const cipher = await createChunkCipher(dataKey, manifest.noncePrefix)
  for (const [index, cid] of manifest.chunks.entries()) {
    const block = await getBlock(store, cid)
    if (block.length !== sealedChunkBytes(manifest, index)) {
      throw new VaultError('tampered', `Chunk ${index} has the wrong length.`)
    }
    yield await cipher.decrypt(block, index, index === manifest.chunks.length - 1)
  }
}

/** All of {@link openStream} at once. */
export async function open(
  grants: string,
  options: { privateKey: Uint8Array; store: BlockStore },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of openStream(grants, options)) chunks.push(chunk)
  const data = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    data.set(chunk, at)
    at += chunk.length
  }
  return data
}

/**
 * Lets one more key read; by anyone who can. Returns the CID of the new grants; the content does not change.
 *
 * @throws {VaultError} as {@link openStream}
 */
export async function grant(
  grants: string,
  { privateKey, grantee, store }: { privateKey: Uint8Array; grantee: Uint8Array; store: BlockStore },
): Promise<string> {
  const reader = compressPublicKey(grantee)
  const { document, dataKey } = await access(grants, privateKey, store)
  const others = document.grants.filter((entry) => !sameKey(entry.grantee, reader))
  const added = await wrapFor(reader, dataKey, document.content)
  return putBlock(store, encodeGrants({ ...document, grants: [...others, added] }), 'json')
}

/**
 * Takes a key out of the grants and wraps the data key afresh for all others. Who has read before may have kept the data key:
 * to keep the content from such a reader in future versions, {@link reseal} it.
 *
 * @throws {VaultError} as {@link openStream}; `notGranted` also when the key had no grant
 */
export async function revoke(
  grants: string,
  { privateKey, grantee, store }: { privateKey: Uint8Array; grantee: Uint8Array; store: BlockStore },
): Promise<string> {
  const revoked = compressPublicKey(grantee)
  const { document, dataKey } = await access(grants, privateKey, store)
  const remaining = document.grants.filter((entry) => !sameKey(entry.grantee, revoked))
  if (remaining.length === document.grants.length) {
    throw new VaultError('notGranted', 'The key to revoke has no grant.')
  }
  const wraps = await Promise.all(remaining.map((entry) => wrapFor(entry.grantee, dataKey, document.content)))
  return putBlock(store, encodeGrants({ ...document, grants: wraps }), 'json')
}

/** Encrypts content again, under a new key, for the given grantees: content and grants get new names. */
export async function reseal(
  grants: string,
  options: { privateKey: Uint8Array; grantees: readonly Uint8Array[]; store: BlockStore },
): Promise<Sealed> {
  const { privateKey, grantees, store } = options
  const { manifest } = await access(grants, privateKey, store)
  const plain = openStream(grants, { privateKey, store })
  return seal(plain, { grantees, store, chunkBytes: manifest.chunkBytes })
}

/** Compressed public keys that a grants document names. @throws {VaultError} `missingBlock`, `tampered`, `malformed` */
export async function listGrantees(
  grants: string,
  { store }: { store: BlockStore },
): Promise<{ content: string; grantees: Uint8Array[] }> {
  const document = decodeGrants(await getBlock(store, grants))
  return { content: document.content, grantees: document.grants.map((entry) => entry.grantee) }
}

async function access(
  grants: string,
  privateKey: Uint8Array,
  store: BlockStore,
): Promise<{ document: Grants; manifest: Manifest; dataKey: Uint8Array }> {
  const reader = publicKeyOf(privateKey)
  const document = decodeGrants(await getBlock(store, grants))
  const mine = document.grants.find((entry) => sameKey(entry.grantee, reader))
  if (mine === undefined) throw new VaultError('notGranted', 'There is no grant for this key.')
  const dataKey = await unwrapKey(mine, privateKey, document.content)
  const manifest = decodeManifest(await getBlock(store, document.content))
  if (!sameKey(keyCommitment(dataKey), manifest.keyCommitment)) {
    throw new VaultError('tampered', 'The granted key is not the one the content was sealed with.')
  }
  return { document, manifest, dataKey }
}

async function wrapFor(grantee: Uint8Array, dataKey: Uint8Array, content: string): Promise<Grant> {
  return { grantee, ...(await wrapKey(dataKey, grantee, content)) }
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** Cuts data into chunks of equal length; the last one, marked, may be shorter, and empty only if there is no data. */
async function* inChunks(
  data: Uint8Array | AsyncIterable<Uint8Array>,
  chunkBytes: number,
): AsyncGenerator<{ chunk: Uint8Array; last: boolean }> {
  if (!Number.isSafeInteger(chunkBytes) || chunkBytes < 1) {
    throw new RangeError('chunkBytes must be a positive integer.')
  }
  let pending = new Uint8Array(chunkBytes)
  let filled = 0
  for await (const part of data instanceof Uint8Array ? [data] : data) {
    for (let at = 0; at < part.length; ) {
      // A full chunk waits until more arrives: only then it is certain not to be the last.
      if (filled === chunkBytes) {
        yield { chunk: pending, last: false }
        pending = new Uint8Array(chunkBytes)
        filled = 0
      }
      const taken = part.subarray(at, at + chunkBytes - filled)
      pending.set(taken, filled)
      filled += taken.length
      at += taken.length
    }
  }
  yield { chunk: pending.subarray(0, filled), last: true }
}
