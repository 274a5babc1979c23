import { bytesToHex, hexToBytes } from '@metis-stack/kernel'
import { requireBlock } from '../../blocks.js'
import { invalidParams } from '../../errors.js'
import { blockRef } from '../../params/block.js'
import { type Parser, reject } from '../../params/core.js'
import { address, bytes } from '../../params/hex.js'
import { defineMethod, type RpcMethod } from '../../registry.js'
import type { BlockTracer } from '../../tracing/blockTracer.js'
import { storageRange } from '../../tracing/storageRange.js'
import type { MethodModules } from '../modules.js'

const index: Parser<number> = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : reject(path, 'want a number')

/** A contract's storage before a transaction, page by page. Keys are null: tries keep hashes of slots only. */
export function storageRangeAt({ chain, limits }: MethodModules, tracer: BlockTracer): RpcMethod {
  return defineMethod(
    'debug_storageRangeAt',
    [blockRef, index, address, bytes, index],
    async (ref, position, account, start, max, { signal }) => {
      if (start.length > 32) throw invalidParams('invalid argument 3: longer than 32 bytes')
      const view = await tracer.stateBefore(requireBlock(chain, ref), position, signal)
      const { slots, next } = storageRange(
        view,
        hexToBytes(account),
        start,
        Math.min(max, limits.storageSlots),
      )
      const storage = slots.map(({ hash, value }) => {
        const word = new Uint8Array(32)
        word.set(value, 32 - value.length)
        return [hash, { key: null, value: bytesToHex(word) }]
      })
      return { storage: Object.fromEntries(storage), nextKey: next ?? null }
    },
  )
}
