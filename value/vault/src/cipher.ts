import { VaultError } from './errors.js'
import { buffer, importKey } from './keys.js'

export const tagBytes = 16
export const noncePrefixBytes = 7

/**
 * AES-256-GCM over a sequence of chunks (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár 2015): the
 * nonce of a chunk is prefix ‖ u32 index ‖ last flag, so chunks cannot be reordered, dropped, repeated or cut off unseen.
 */
export async function createChunkCipher(dataKey: Uint8Array, noncePrefix: Uint8Array): Promise<ChunkCipher> {
  const key = await importKey(dataKey)
  const parameters = (index: number, last: boolean): AesGcmParams => {
    const iv = new Uint8Array(12)
    iv.set(noncePrefix)
    new DataView(iv.buffer).setUint32(noncePrefixBytes, index)
    iv[11] = last ? 1 : 0
    return { name: 'AES-GCM', iv }
  }
  return {
    async encrypt(chunk, index, last) {
      return new Uint8Array(await crypto.subtle.encrypt(parameters(index, last), key, buffer(chunk)))
    },
    async decrypt(chunk, index, last) {
      try {
        return new Uint8Array(await crypto.subtle.decrypt(parameters(index, last), key, buffer(chunk)))
      } catch (cause) {
        throw new VaultError('tampered', `Chunk ${index} is not what was sealed.`, cause)
      }
    },
  }
}

export type ChunkCipher = {
  encrypt(chunk: Uint8Array, index: number, last: boolean): Promise<Uint8Array>
  /** @throws {VaultError} `tampered` */
  decrypt(chunk: Uint8Array, index: number, last: boolean): Promise<Uint8Array>
}
