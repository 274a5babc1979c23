import { cidOf, isBlockOf } from '../cid.js'
import { VaultError } from '../errors.js'

/** Blocks by content identifier. Any storage will do: what comes back is checked against its identifier. */
export type BlockStore = {
  /** Keeps a block; keeping it twice changes nothing. */
  put(cid: string, block: Uint8Array): Promise<void>
  /** The block, or `undefined` when it is not here. */
  get(cid: string): Promise<Uint8Array | undefined>
}

/** A store that lasts as long as the process. */
export function createMemoryStore(): BlockStore {
  const blocks = new Map<string, Uint8Array>()
  return {
    async put(cid, block) {
      blocks.set(cid, block.slice())
    },
    async get(cid) {
      return blocks.get(cid)?.slice()
    },
  }
}

/** Keeps a block under its identifier, which it returns. */
export async function putBlock(store: BlockStore, block: Uint8Array, codec: 'raw' | 'json'): Promise<string> {
  const cid = cidOf(block, codec)
  await store.put(cid, block)
  return cid
}

/** @throws {VaultError} `missingBlock`, `tampered`, `malformed` */
export async function getBlock(store: BlockStore, cid: string): Promise<Uint8Array> {
  const block = await store.get(cid)
  if (block === undefined) throw new VaultError('missingBlock', `The store has no block ${cid}.`)
  if (!isBlockOf(cid, block)) throw new VaultError('tampered', `The store gave other bytes for ${cid}.`)
  return block
}
