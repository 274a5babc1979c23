import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { crc32 } from 'node:zlib'
import { emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { stateCases } from '../state.testing.js'
import { openMetisDb } from './open.js'
import type { MetisDb } from './state.js'
import { anyChain, encodeWalHeader } from './wal.js'

const folder = mkdtempSync(join(tmpdir(), 'metisdb-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

stateCases('MetisDB', () => openMetisDb({ path: join(folder, String(count++)), hotBits: 12 }))
stateCases('MetisDB, with a checkpoint after every commit and hardly any hot accounts,', () =>
  openMetisDb({ path: join(folder, String(count++)), hotBits: 2, checkpointBytes: 1 }),
)

describe('openMetisDb', () => {
  const address = new Uint8Array(20).fill(7)
  const fresh = (): string => join(folder, String(count++))
  const commitOne = async (
    db: MetisDb,
    nonce: bigint,
    on: Uint8Array = emptyTrieRoot,
  ): Promise<Uint8Array> => {
    const overlay = db.at(on).overlay()
    const account = { nonce, balance: 5n, codeHash: emptyCodeHash }
    overlay.apply([{ address, account, storageCleared: false, storage: [] }])
    return overlay.commit()
  }

  it('finds again what was committed, from the log, from a base, and from both', async () => {
    const path = fresh()
    let root = emptyTrieRoot
    for (let life = 0; life < 4; life++) {
      await using db = await openMetisDb({ path, hotBits: 4 })
      if (life > 0) expect(db.at(root).account(address)?.nonce).toBe(BigInt(life))
      if (life === 2) await db.checkpoint()
      root = await commitOne(db, BigInt(life + 1), root)
      if (life === 1) await db.checkpoint()
    }
    await using db = await openMetisDb({ path, hotBits: 4 })
    expect(db.report).toEqual({ base: 2, replayed: 2, tornBytes: 0, removed: [] })
    expect(db.roots()).toHaveLength(4)
  })

  it('tells codes apart whose hashes begin alike, read again and again', async () => {
    const codes = [Uint8Array.of(0, 0, 0x25, 0xd0), Uint8Array.of(0, 0, 0xe0, 0xcf)]
    const hashes = codes.map((code) => keccak256(code))
    expect(hashes[0]!.subarray(0, 4)).toEqual(hashes[1]!.subarray(0, 4))
    await using db = await openMetisDb({ path: fresh(), hotBits: 4 })
    const overlay = db.at(emptyTrieRoot).overlay()
    overlay.apply(
      codes.map((code, i) => ({
        address: new Uint8Array(20).fill(i + 1),
        account: { nonce: 1n, balance: 0n, codeHash: hashes[i]! },
        code,
        storageCleared: false,
        storage: [],
      })),
    )
    const view = db.at(await overlay.commit())
    for (const i of [0, 0, 1, 1, 0, 1]) expect(view.code(hashes[i]!)).toEqual(codes[i])
    const other = hashes[0]!.slice()
    other[31]! ^= 1
    expect(() => view.code(other)).toThrow(expect.objectContaining({ code: 'missingCode' }))
  })

  it('refuses a folder that is open', async () => {
    const path = fresh()
    await using _db = await openMetisDb({ path, hotBits: 4 })
    await expect(openMetisDb({ path, hotBits: 4 })).rejects.toMatchObject({ code: 'locked' })
  })

  it.each([false, true])('refuses the state of another chain, with a base: %s', async (withBase) => {
    const path = fresh()
    const db = await openMetisDb({ path, chainId: 1n, hotBits: 4 })
    await commitOne(db, 1n)
    if (withBase) await db.checkpoint()
    await db.close()
    await expect(openMetisDb({ path, chainId: 2n, hotBits: 4 })).rejects.toMatchObject({ code: 'wrongChain' })
    await (await openMetisDb({ path, chainId: 1n, hotBits: 4 })).close()
  })

  it('refuses another format', async () => {
    const path = fresh()
    await (await openMetisDb({ path, hotBits: 4 })).close()
    const header = encodeWalHeader({ chainId: anyChain, generation: 0, firstSequence: 1 }).slice(0, 36)
    header[4] = 99
    new DataView(header.buffer).setUint32(32, crc32(header.subarray(0, 32)), true)
    const log = readFileSync(join(path, 'wal.00000000'))
    log.set(header)
    writeFileSync(join(path, 'wal.00000000'), log)
    await expect(openMetisDb({ path, hotBits: 4 })).rejects.toMatchObject({ code: 'wrongVersion' })
  })

  it('keeps the newest states only, but any that a view holds', async () => {
    await using db = await openMetisDb({ path: fresh(), hotBits: 4, keepBlocks: 3 })
    const roots: Uint8Array[] = []
    for (let nonce = 1n; nonce <= 4n; nonce++) roots.push(await commitOne(db, nonce, roots.at(-1)))
    const held = db.at(roots[1]!)
    for (let nonce = 5n; nonce <= 9n; nonce++) roots.push(await commitOne(db, nonce, roots.at(-1)))
    expect(roots.map((root) => db.has(root))).toEqual([...Array(6).fill(false), true, true, true])
    expect(held.account(address)?.nonce).toBe(2n)
    expect(() => db.at(roots[1]!)).toThrow(/not kept/)
  })

  it('refuses changes that do not fit in the memory it may use, and stays as it was', async () => {
    await using db = await openMetisDb({ path: fresh(), hotBits: 4, maximumBytes: 100_000 })
    const root = await commitOne(db, 1n)
    const overlay = db.at(root).overlay()
    overlay.apply(
      Array.from({ length: 5000 }, (_, n) => ({
        address: keccak256(Uint8Array.of(n & 255, n >> 8)).slice(12),
        account: { nonce: 1n, balance: 1n, codeHash: emptyCodeHash },
        storageCleared: false,
        storage: [],
      })),
    )
    expect(() => overlay.root()).toThrow(/may use/)
    expect(db.at(await commitOne(db, 2n, root)).account(address)?.nonce).toBe(2n)
  })

  it('writes a base while commits go on', async () => {
    const path = fresh()
    let root = emptyTrieRoot
    {
      await using db = await openMetisDb({ path, hotBits: 4, keepBlocks: 8 })
      for (let nonce = 1n; nonce <= 200n; nonce++) {
        if (nonce % 10n === 0n) void db.checkpoint()
        root = await commitOne(db, nonce, root)
      }
      expect(db.stats().checkpoints).toBeGreaterThan(1)
    }
    await using db = await openMetisDb({ path, hotBits: 4 })
    expect(db.at(root).account(address)?.nonce).toBe(200n)
  })

  it('commits the changes since a state that nobody holds any more', async () => {
    setFlagsFromString('--expose_gc')
    const collect = runInNewContext('gc') as () => void
    const path = fresh()
    const other = new Uint8Array(20).fill(9)
    const change = (at: Uint8Array, nonce: bigint) => ({
      address: at,
      account: { nonce, balance: 0n, codeHash: emptyCodeHash },
      storageCleared: false,
      storage: [],
    })
    let root = emptyTrieRoot
    {
      await using db = await openMetisDb({ path, hotBits: 4, keepBlocks: 1 })
      const first = db.at(emptyTrieRoot).overlay()
      first.apply([change(address, 1n)])
      first.root()
      first.apply([change(other, 2n)])
      first.root()
      const ahead = await (async () => {
        const base = db.at(await commitOne(db, 5n)).overlay()
        base.apply([change(other, 6n)])
        base.root()
        return base
      })()
      // Pushes the state that `ahead` began at out of those that are kept.
      await commitOne(db, 7n)
      for (let i = 0; i < 10; i++) {
        collect()
        await setImmediate()
      }
      root = await first.commit()
      expect(db.at(root).account(address)?.nonce).toBe(1n)
      root = await ahead.commit()
      expect(db.at(root).account(address)?.nonce).toBe(5n)
    }
    await using db = await openMetisDb({ path, hotBits: 4 })
    expect(db.at(root).account(address)?.nonce).toBe(5n)
    expect(db.at(root).account(other)?.nonce).toBe(6n)
  })
})

describe('MetisDB after a process that was killed in its checkpoint', () => {
  it('makes one with the first commit, so that what openings replay does not add up', async () => {
    const path = join(folder, String(count++))
    const killed = `${path}-killed`
    const changesOf = (accounts: number, nonce: bigint) =>
      Array.from({ length: accounts }, (_, n) => ({
        address: new Uint8Array(20).fill(n),
        account: { nonce, balance: 1n, codeHash: emptyCodeHash },
        storageCleared: false,
        storage: [],
      }))
    let root: Uint8Array
    {
      await using db = await openMetisDb({ path, hotBits: 4 })
      const overlay = db.at(emptyTrieRoot).overlay()
      overlay.apply(changesOf(250, 1n))
      root = await overlay.commit()
      const checkpoint = db.checkpoint()
      while (!existsSync(join(path, 'wal.00000001'))) await setImmediate()
      cpSync(path, killed, { recursive: true, filter: (name) => !name.endsWith('LOCK') })
      await checkpoint
    }
    const options = { path: killed, hotBits: 4, checkpointBytes: 8_000 }
    {
      await using db = await openMetisDb(options)
      expect(db.report).toMatchObject({ base: undefined, replayed: 1 })
      expect(db.stats().logBytes).toBeGreaterThan(8_000)
      const overlay = db.at(root).overlay()
      overlay.apply(changesOf(1, 2n))
      root = await overlay.commit()
      await vi.waitFor(() => expect(db.stats()).toMatchObject({ checkpoints: 1, logBytes: 0 }))
    }
    await using db = await openMetisDb(options)
    expect(db.report.replayed).toBe(0)
    expect(db.at(root).account(new Uint8Array(20))?.nonce).toBe(2n)
  })
})
