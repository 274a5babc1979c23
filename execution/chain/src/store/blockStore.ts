import { bigIntToBytes, bytesToHex, concat, hexToBytes } from '@metis-stack/kernel'
import { emptyBloom } from '../codec/bloom.js'
import type { ExecutedReceipt } from '../execution/blockExecution.js'
import type { Block } from '../types/block.js'
import type { Hex } from '../types/hex.js'
import {
  type BlockInfo,
  decodeInfo,
  decodePlace,
  decodeStoredBlock,
  decodeStoredReceipts,
  encodeInfo,
  encodePlace,
  encodeStoredBlock,
  encodeStoredReceipts,
  type TransactionPlace,
} from './codec.js'
import type { KeyValueStore, Table, Write } from './keyValue.js'
import { RecentMap } from './recentMap.js'

export type Pointer = 'genesis' | 'head' | 'safe' | 'finalized'

/** One atomic step of the history. */
export type StoreBatch = {
  blocks?: { block: Block; receipts: ExecutedReceipt[]; info: BlockInfo }[]
  /** Blocks that leave the canonical chain. */
  removed?: Block[]
  /** Blocks that join it. */
  added?: Block[]
  pointers?: Partial<Record<Pointer, Hex>>
}

/** bytes of encoded blocks to keep decoded; in memory they take several times as much */
const cachedBlockBytes = 16 * 1024 * 1024
/** receipts and logs to keep decoded */
const cachedReceipts = 50_000

/** Blocks and receipts by hash, the canonical chain by number, mined transactions by hash, and the heads. */
export class BlockStore {
  readonly #store: KeyValueStore
  readonly #blocks = new RecentMap<Hex, Block>(cachedBlockBytes, (block) => block.size)
  readonly #receipts = new RecentMap<Hex, ExecutedReceipt[]>(cachedReceipts, countReceipts)

  constructor(store: KeyValueStore) {
    this.#store = store
  }

  block(hash: Hex): Block | undefined {
    return this.#blocks.getOr(hash, () => this.#read('blocks', hexToBytes(hash), decodeStoredBlock))
  }

  receipts(hash: Hex): ExecutedReceipt[] | undefined {
    return this.#receipts.getOr(hash, () => this.#read('receipts', hexToBytes(hash), decodeStoredReceipts))
  }

  info(hash: Hex): BlockInfo | undefined {
    return this.#read('info', hexToBytes(hash), decodeInfo)
  }

  canonicalHash(number: bigint): Hex | undefined {
    return this.canonical(number)?.hash
  }

  /** Hash and logs bloom without opening the block; `bloom` is `undefined` when the block has no logs. */
  canonical(number: bigint): { hash: Hex; bloom: Uint8Array | undefined } | undefined {
    return this.#read('canonical', numberKey(number), (bytes) => ({
      hash: bytesToHex(bytes.subarray(0, 32)),
      bloom: bytes.length > 32 ? bytes.slice(32) : undefined,
    }))
  }

  /** Only of the canonical chain. */
  transactionPlace(hash: Hex): TransactionPlace | undefined {
    return this.#read('transactions', hexToBytes(hash), decodePlace)
  }

  pointer(name: Pointer): Hex | undefined {
    return this.#read('pointers', pointerKey(name), bytesToHex)
  }

  /** All or nothing, durable when resolved. */
  async write(batch: StoreBatch): Promise<void> {
    const { blocks = [], removed = [], added = [], pointers = {} } = batch
    const writes: Write[] = []
    for (const { block, receipts, info } of blocks) {
      const key = hexToBytes(block.hash)
      writes.push(
        { table: 'blocks', key, value: encodeStoredBlock(block) },
        { table: 'receipts', key, value: encodeStoredReceipts(receipts) },
        { table: 'info', key, value: encodeInfo(info) },
      )
    }
    for (const block of removed) {
      writes.push({ table: 'canonical', key: numberKey(block.header.number), value: undefined })
      for (const { hash } of block.transactions)
        writes.push({ table: 'transactions', key: hexToBytes(hash), value: undefined })
    }
    for (const block of added) {
      const { number, logsBloom } = block.header
      const bloom = logsBloom === emptyBloom ? new Uint8Array() : hexToBytes(logsBloom)
      writes.push({
        table: 'canonical',
        key: numberKey(number),
        value: concat(hexToBytes(block.hash), bloom),
      })
      for (const [index, { hash }] of block.transactions.entries())
        writes.push({
          table: 'transactions',
          key: hexToBytes(hash),
          value: encodePlace({ blockHash: block.hash, index }),
        })
    }
    for (const [name, hash] of Object.entries(pointers))
      writes.push({ table: 'pointers', key: pointerKey(name), value: hexToBytes(hash) })
    await this.#store.write(writes)
    for (const { block, receipts } of blocks) {
      this.#blocks.set(block.hash, block)
      this.#receipts.set(block.hash, receipts)
    }
  }

  #read<T>(table: Table, key: Uint8Array, decode: (bytes: Uint8Array) => T): T | undefined {
    const bytes = this.#store.get(table, key)
    return bytes && decode(bytes)
  }

  backup(folder: string): Promise<void> {
    return this.#store.backup(folder)
  }

  async close(): Promise<void> {
    await this.#store.close()
  }
}

function countReceipts(receipts: ExecutedReceipt[]): number {
  return receipts.reduce((sum, receipt) => sum + 1 + receipt.logs.length, 1)
}

function numberKey(number: bigint): Uint8Array {
  return bigIntToBytes(number, 8)
}

function pointerKey(name: string): Uint8Array {
  return new TextEncoder().encode(name)
}
