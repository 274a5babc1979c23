import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { bigIntToBytes, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import { systemMapper } from './mapping.js'
import { openMetisDb } from './open.js'
import { openReader } from './reader.js'
import { accountCount, addressOf, lastChange, perBlock, slot } from './reader.testing.js'
import { startThread } from './startThread.js'
import type { MetisDb } from './state.js'

const folder = mkdtempSync(join(tmpdir(), 'metisdb-reader-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let folders = 0

/** Commits block `number`, which changes the accounts whose turn it is. */
async function commitBlock(db: MetisDb, root: Uint8Array, number: number): Promise<Uint8Array> {
  const first = (number % (accountCount / perBlock)) * perBlock
  const overlay = db.at(root).overlay()
  overlay.apply(
    Array.from({ length: perBlock }, (_, i) => {
      const code = Uint8Array.of((first + i) % 7)
      return {
        address: addressOf(first + i),
        account: { nonce: BigInt(number + 1), balance: 0n, codeHash: keccak256(code) },
        code,
        storageCleared: false,
        storage: [[slot, bigIntToBytes(BigInt((number % 255) + 1), 32)]],
      }
    }),
  )
  return overlay.commit()
}

describe.each(['read', ...(systemMapper() ? ['mapped'] : [])] as ('read' | 'mapped')[])(
  'readers in other threads, with images %s',
  (images) => {
    const open = (checkpointBytes = 50_000): Promise<MetisDb> =>
      openMetisDb({
        path: join(folder, String(folders++)),
        images,
        hotBits: 8,
        keepBlocks: 16,
        checkpointBytes,
      })

    it('see the state that they were given, four at a time, while blocks are written', {
      timeout: 60_000,
    }, async () => {
      await using db = await open()
      const roots: Uint8Array[] = []
      for (let block = 0; block < 20; block++) {
        roots.push(await commitBlock(db, roots.at(-1) ?? emptyTrieRoot, block))
      }
      const threads = Array.from({ length: 4 }, () => startThread('reader.testing', {}))
      let stopped = false
      let checked = 0
      const reading = threads.map(async (thread, index) => {
        while (!stopped) {
          const block = roots.length - 1 - ((index * 5) % 16)
          thread.postMessage({ handle: db.share(roots[block]!), block, reads: 200 })
          const [{ wrong }] = (await once(thread, 'message')) as [{ wrong: string[] }]
          expect(wrong).toEqual([])
          checked++
        }
      })
      try {
        while (checked < 60 || db.stats().checkpoints < 2) {
          roots.push(await commitBlock(db, roots.at(-1)!, roots.length))
          await setTimeout(2)
        }
      } finally {
        stopped = true
        await Promise.all(reading)
        await Promise.all(threads.map((thread) => thread.terminate()))
      }
      expect(db.stats().checkpoints).toBeGreaterThan(0)
      await commitBlock(db, roots.at(-1)!, roots.length)
      expect(db.engine.leases.count).toBe(0)
    })

    it('may be ended in the middle of a read: nothing is lost, and nothing held for them', {
      timeout: 60_000,
    }, async () => {
      await using db = await open()
      let root = emptyTrieRoot
      let block = 0
      const next = async () => {
        root = await commitBlock(db, root, block++)
      }
      while (block < 20) await next()
      for (let round = 0; round < 3; round++) {
        const thread = startThread('reader.testing', {})
        thread.postMessage({ handle: db.share(root, { leaseMs: 500 }), block: block - 1, reads: 200 })
        await once(thread, 'message')
        thread.postMessage({ handle: db.share(root, { leaseMs: 100 }), block: block - 1, reads: 1e12 })
        for (let i = 0; i < 20; i++) await next()
        await thread.terminate()
      }
      await setTimeout(120)
      await next()
      expect(db.engine.leases.count).toBe(0)
      using reader = openReader(db.share(root))
      for (let n = 0; n < accountCount; n += 7) {
        const last = lastChange(n, block - 1)
        expect(reader.account(addressOf(n))?.nonce).toBe(last < 0 ? undefined : BigInt(last + 1))
      }
    })

    it('lose what they do not read, so that a thread that is gone holds nothing', async () => {
      await using db = await open()
      let root = await commitBlock(db, emptyTrieRoot, 0)
      const handle = db.share(root, { leaseMs: 60 })
      const kept = db.share(root, { leaseMs: 60_000 })
      const reader = openReader(handle)
      expect(reader.account(addressOf(0))?.nonce).toBe(1n)
      for (let block = 1; block < 30; block++) root = await commitBlock(db, root, block)
      using other = openReader(kept)
      expect(other.account(addressOf(0))?.nonce).toBe(1n)
      await setTimeout(80)
      root = await commitBlock(db, root, 30)
      expect(() => reader.account(addressOf(0))).toThrow(/not held/)
      expect(other.account(addressOf(0))?.nonce).toBe(1n)
      other.close()
      expect(() => other.account(addressOf(0))).toThrow(/not held/)
      root = await commitBlock(db, root, 31)
      expect(db.engine.leases.count).toBe(0)
      const last = openReader(db.share(root))
      await db.close()
      expect(() => last.account(addressOf(0))).toThrow(/not held/)
    })
  },
)
