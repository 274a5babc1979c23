import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigIntToBytes, bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import { StateError } from '../errors.js'
import type { AccountChange } from '../interface.js'
import { crc32 } from './bytes.js'
import { pageSize, systemMapper } from './mapping.js'
import { openMetisDb } from './open.js'
import { arenaAt, Pages } from './pages.js'
import type { MetisDb, MetisDbOptions } from './state.js'

const seed = Number(process.env.METISDB_SEED ?? Date.now() % 2 ** 31)
const folder = mkdtempSync(join(tmpdir(), 'metisdb-pages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let folders = 0
const fresh = (): string => join(folder, String(folders++))

const word = (n: number): Uint8Array => bigIntToBytes(BigInt(n), 32)
const addressOf = (n: number): Uint8Array => keccak256(word(n)).slice(0, 20)

/** mulberry32 */
function generator(from: number): (limit: number) => number {
  let state = from
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }
}

/** Accounts by number with what they should be, and blocks of random changes of them. */
class Accounts {
  readonly nonces = new Map<number, number>()
  root = emptyTrieRoot
  readonly #random: (limit: number) => number
  readonly #range: number

  constructor(random: (limit: number) => number, range: number) {
    this.#random = random
    this.#range = range
  }

  async block(db: MetisDb, count: number): Promise<void> {
    const changes = Array.from({ length: count }, (): AccountChange => {
      const n = this.#random(this.#range)
      const address = addressOf(n)
      if (this.#random(5) === 0) {
        this.nonces.delete(n)
        return { address, account: null, storageCleared: false, storage: [] }
      }
      const nonce = this.#random(2 ** 31)
      this.nonces.set(n, nonce)
      const account = { nonce: BigInt(nonce), balance: BigInt(n), codeHash: emptyCodeHash }
      return { address, account, storageCleared: false, storage: [[word(1), word(nonce)]] }
    })
    const overlay = db.at(this.root).overlay()
    overlay.apply(changes)
    this.root = await overlay.commit()
  }

  check(db: MetisDb): void {
    const view = db.at(this.root)
    const wrong: number[] = []
    for (let n = 0; n < this.#range; n++) {
      const found = view.account(addressOf(n))?.nonce
      const nonce = this.nonces.get(n)
      if (found !== (nonce === undefined ? undefined : BigInt(nonce))) wrong.push(n)
      if (nonce && bytesToHex(view.storage(addressOf(n), word(1))!) !== bytesToHex(word(nonce))) wrong.push(n)
    }
    expect(wrong).toEqual([])
  }
}

const ways = ['read', ...(systemMapper() ? ['mapped'] : [])] as ('read' | 'mapped')[]

describe.each(ways)(`MetisDB with images %s, seed ${seed}`, (images) => {
  const options: MetisDbOptions = { images, hotBits: 4, keepBlocks: 3 }

  it.each([0, 1])(
    'has in images what it had in memory, with a share of %s changed in place',
    async (patchShare) => {
      const path = fresh()
      const random = generator(seed)
      const accounts = new Accounts(random, 3000)
      let written = 0
      for (let life = 0; life < 4; life++) {
        await using db = await openMetisDb({ path, ...options, patchShare })
        expect(db.stats().mapped).toBe(images === 'mapped')
        for (let round = 0; round < 4; round++) {
          for (let block = 0; block < 3; block++) await accounts.block(db, 1 + random(300))
          const { shards } = db.engine.arena
          const commits = (async () => {
            for (let block = 0; block < 3; block++) await accounts.block(db, 1 + random(20))
          })()
          await Promise.all([db.checkpoint(), commits])
          await db.checkpoint()
          written += db.stats().checkpointBytes
          for (const [index, { pages, size, bytes }] of shards.entries()) {
            const dirty = new Set(pages.dirty())
            const name = readdirSync(path).find(
              (name) => /^image\..*\.(\d\d)$/.exec(name)?.[1] === String(index).padStart(2, '0'),
            )
            const file = readFileSync(join(path, name!))
            for (let page = 1; page < Math.floor(size / pageSize); page++) {
              if (dirty.has(page)) continue
              pages.bring(page)
              const at = (8 << 20) + page * pageSize
              const inMemory = Buffer.from(bytes.subarray(at, at + pageSize))
              expect(inMemory.equals(file.subarray(page * pageSize, (page + 1) * pageSize))).toBe(true)
            }
          }
          accounts.check(db)
        }
      }
      expect(written).toBeGreaterThan(0)
    },
  )

  it('never gives another value when a bit of an image flips, or it is cut', async () => {
    const path = fresh()
    const random = generator(seed)
    const accounts = new Accounts(random, 2000)
    {
      await using db = await openMetisDb({ path, ...options })
      for (let block = 0; block < 10; block++) await accounts.block(db, 300)
      await db.checkpoint()
    }
    let refused = 0
    for (let run = 0; run < 20; run++) {
      const copy = fresh()
      cpSync(path, copy, { recursive: true })
      const names = readdirSync(copy).filter((name) => name.startsWith('image'))
      const name = join(copy, names[random(names.length)]!)
      const bytes = readFileSync(name)
      bytes[random(bytes.length)]! ^= 1 << random(8)
      if (run % 5 === 4) truncateSync(name, random(bytes.length))
      else writeFileSync(name, bytes)
      try {
        await using db = await openMetisDb({ path: copy, ...options })
        accounts.check(db)
        if (run % 2 === 0) await db.checkpoint()
      } catch (error) {
        if (!(error instanceof StateError)) throw error
        expect(error.code).toBe('damaged')
        refused++
      }
    }
    expect(refused).toBeGreaterThan(10)
  })

  it('writes nothing on top of a page that is damaged', async () => {
    const path = fresh()
    const accounts = new Accounts(generator(seed), 2000)
    {
      await using db = await openMetisDb({ path, ...options })
      for (let block = 0; block < 10; block++) await accounts.block(db, 300)
      await db.checkpoint()
    }
    for (const name of readdirSync(path).filter((name) => name.startsWith('image'))) {
      const bytes = readFileSync(join(path, name))
      for (let page = 2; page < bytes.length / pageSize - 1; page++) bytes[page * pageSize + 17]! ^= 1
      writeFileSync(join(path, name), bytes)
    }
    const db = await openMetisDb({ path, ...options })
    await expect(accounts.block(db, 500)).rejects.toMatchObject({ code: 'damaged' })
    await expect(accounts.block(db, 1)).rejects.toMatchObject({ code: 'damaged' })
    await expect(db.checkpoint()).rejects.toMatchObject({ code: 'damaged' })
    await db.close()
    await using again = await openMetisDb({ path, ...options })
    expect(again.report).toMatchObject({ base: 1, replayed: 0 })
  })

  it('keeps what changed within the memory that it may use', async () => {
    const random = generator(seed)
    const accounts = new Accounts(random, 20_000)
    const memoryBytes = 3 * 2 ** 20
    await using db = await openMetisDb({ path: fresh(), ...options, memoryBytes })
    for (let block = 0; block < 20; block++) await accounts.block(db, 1000)
    // What the large blocks replaced becomes free, and its pages change, when they are not kept any more.
    for (let block = 0; block < 4; block++) await accounts.block(db, 20)
    await db.checkpoint()
    const { checkpoints } = db.stats()
    let most = 0
    // A checkpoint goes on beside the blocks: on a slow disk many of these come before it is counted.
    for (let block = 0; block < 100 || (db.stats().checkpoints === checkpoints && block < 2000); block++) {
      await accounts.block(db, 20)
      most = Math.max(most, db.stats().dirtyBytes)
    }
    // What one block changes comes on top.
    expect(most).toBeLessThan(memoryBytes + 2 * 20 * 20 * pageSize)
    expect(db.stats().checkpoints).toBeGreaterThan(checkpoints)
    expect(db.stats().arenaBytes).toBeGreaterThan(1.5 * memoryBytes)
    accounts.check(db)
  })
})

describe('a page that another thread brings', () => {
  const at = arenaAt + 3 * pageSize
  /** Pages of a mapped image whose page 3 is looked at; `onLook` happens between its bytes and its CRC being read. */
  function bring(onLook: (bytes: Uint8Array, checksums: Uint32Array) => void): void {
    const bytes = new Uint8Array(new SharedArrayBuffer(2 * arenaAt)).fill(1, at, at + pageSize)
    const checksums = new Uint32Array(16).fill(crc32(bytes.subarray(at, at + pageSize)))
    const looked = new Proxy(checksums, {
      get(target, key) {
        if (key === '3') onLook(bytes, checksums)
        return Reflect.get(target, key) as unknown
      },
    })
    const shared = { checksums: looked, state: Int32Array.of(16, 1) }
    new Pages(0, bytes, { shared, mapper: undefined }).bring(3)
  }

  it('is good when it is changed and checkpointed meanwhile', () => {
    let looks = 0
    bring((bytes, checksums) => {
      if (looks++ > 0) return
      bytes.fill(2, at, at + pageSize)
      checksums[3] = crc32(bytes.subarray(at, at + pageSize))
    })
    expect(looks).toBe(2)
  })

  it('is damaged when it is not what its CRC says, however often it is looked at', () => {
    const wrong = (_: Uint8Array, checksums: Uint32Array): void => {
      checksums[3] = 1
    }
    expect(() => bring(wrong)).toThrow(/damaged/)
  })
})
