import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bigIntToBytes, emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import { diskFiles, type Files, tracked } from './files.js'
import { systemMapper } from './mapping.js'
import { MetisDb } from './state.js'

const folder = mkdtempSync(join(tmpdir(), 'metisdb-frozen-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let folders = 0

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc') as () => void

const accountCount = 3000
const addressOf = (n: number): Uint8Array => keccak256(bigIntToBytes(BigInt(n), 32)).slice(0, 20)

/** What a block of this number gives an account. */
type Written = { nonces: number[]; root: Uint8Array; block: number }

/** Changes 40 accounts, which ones depends on the block alone. */
async function commitBlock(db: MetisDb, written: Written, size = 40): Promise<void> {
  written.block++
  const overlay = db.at(written.root).overlay()
  const changed = Array.from({ length: size }, (_, i) => (written.block * 7919 + i * 104_729) % accountCount)
  overlay.apply(
    changed.map((n) => ({
      address: addressOf(n),
      account: { nonce: BigInt(written.block), balance: BigInt(n), codeHash: emptyCodeHash },
      storageCleared: false,
      storage: [[bigIntToBytes(BigInt(n % 5), 32), bigIntToBytes(BigInt(written.block), 32)]],
    })),
  )
  for (const n of changed) written.nonces[n] = written.block
  written.root = await overlay.commit()
}

function check(db: MetisDb, { root, nonces }: Written): void {
  const view = db.at(root)
  const wrong = nonces.flatMap((nonce, n) => {
    const found = view.account(addressOf(n))?.nonce
    const [last] = view.storage(addressOf(n), bigIntToBytes(BigInt(n % 5), 32))?.slice(-1) ?? []
    return found === BigInt(nonce) && last === nonce % 256 ? [] : [n]
  })
  expect(wrong).toEqual([])
}

/** A folder whose checkpoints stop in front of what they write, and go on when `during` has. */
async function slowFiles(path: string, during: { write?: () => Promise<void> }): Promise<Files> {
  const files = await diskFiles(path)
  let busy = false
  const open: Files['open'] = async (name) => {
    const file = await files.open(name)
    if (!/^(image|patch|base)/.test(name)) return file
    return new Proxy(file, {
      get(target, key) {
        const value = Reflect.get(target, key, target) as unknown
        if (typeof value !== 'function') return value
        if (key !== 'write') return value.bind(target)
        return async (...parameters: [Uint8Array, number]) => {
          if (!busy && during.write) {
            busy = true
            await during.write().finally(() => {
              busy = false
            })
          }
          return target.write(...parameters)
        }
      },
    })
  }
  return { ...files, open }
}

describe.each(['read', ...(systemMapper() ? ['mapped'] : [])] as ('read' | 'mapped')[])(
  'a checkpoint during which blocks are written, with images %s',
  (images) => {
    const options = { images, hotBits: 4, keepBlocks: 4, threads: 0 }
    const fresh = async (patchShare: number) => {
      const path = join(folder, String(folders++))
      const during: { write?: () => Promise<void> } = {}
      const files = tracked(await slowFiles(path, during))
      const open = () => MetisDb.open(files, path, { ...options, patchShare }, () => {})
      /** As if the process ended, without a word to the folder. */
      const leave = async (db: MetisDb): Promise<void> => {
        await db.engine.arena.close()
        await files.closeAll()
      }
      const written: Written = { nonces: [], root: emptyTrieRoot, block: 0 }
      const db = await open()
      for (let block = 0; block < accountCount / 40; block++) await commitBlock(db, written)
      return { db, open, leave, during, written }
    }

    it.each([0, 1])(
      'has the state as it was when it began, and the log what came later; share changed in place: %s',
      async (patchShare) => {
        const { db, open, leave, during, written } = await fresh(patchShare)
        let current = db
        for (let life = 0; life < 3; life++) {
          for (let round = 0; round < 4; round++) {
            for (let block = 0; block < 5; block++) await commitBlock(current, written)
            const from = written.block
            during.write = async () => {
              if (written.block < from + 20) await commitBlock(current, written)
            }
            await current.checkpoint()
            during.write = undefined
            expect(written.block).toBeGreaterThan(from + 1)
            check(current, written)
          }
          await leave(current)
          current = await open()
          expect(current.report.replayed).toBeGreaterThan(1)
          check(current, written)
        }
        await current.close()
      },
    )

    it.each([0, 1])(
      'takes what is free, so that tries that stay as large do not grow; share changed in place: %s',
      { timeout: 60_000 },
      async (patchShare) => {
        const { db, during, written } = await fresh(patchShare)
        let until = 0
        during.write = async () => {
          while (written.block < until) await commitBlock(db, written)
        }
        const sizes: number[] = []
        for (let round = 0; round < 30; round++) {
          for (let block = 0; block < 4; block++) await commitBlock(db, written)
          until = written.block + 8
          await db.checkpoint()
          // Only then are the overlays' states let go.
          collect()
          await setImmediate()
          sizes.push(db.stats().arenaBytes)
        }
        // What blocks make during one checkpoint is a quarter of it.
        expect(sizes.at(-1)).toBeLessThanOrEqual(sizes[9]! * 1.25)
        check(db, written)
        await db.close()
      },
    )

    it('fails, and harms nothing, when more changes than it may keep copies of', async () => {
      const { db, open, leave, during, written } = await fresh(0)
      const { shards } = db.engine.arena
      const room = shards.map(({ frozen }) => frozen.capacity)
      for (const { frozen } of shards) frozen.capacity = 2
      during.write = () => commitBlock(db, written, 2000)
      await expect(db.checkpoint()).rejects.toMatchObject({ code: 'outOfMemory' })
      check(db, written)
      for (const [index, { frozen }] of shards.entries()) frozen.capacity = room[index]!
      await db.checkpoint()
      expect(db.stats()).toMatchObject({ checkpoints: 1, checkpointError: undefined })
      await leave(db)
      const again = await open()
      check(again, written)
      await again.close()
    })
  },
)
