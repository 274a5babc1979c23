import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import { letGoOfViews } from '../history/collect.testing.js'
import { type MetisDb, openMetisDb } from '../index.js'
import type { StateChanges } from '../interface.js'
import { backupState } from './backupState.js'
import { exportState } from './exportState.js'
import { importState } from './importState.js'
import { pruneState } from './pruneState.js'
import { verifyState } from './verifyState.js'

const folder = mkdtempSync(join(tmpdir(), 'metisdb-ops-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let folders = 0
const fresh = (): string => join(folder, String(folders++))
const options = { hotBits: 6, keepBlocks: 8, chainId: 77n }

const addressOf = (n: number): Uint8Array => keccak256(Uint8Array.of(n & 255, n >> 8)).slice(12)
const slotOf = (n: number): Uint8Array => keccak256(Uint8Array.of(n & 255, n >> 8, 1))
const word = (n: number): Uint8Array => keccak256(Uint8Array.of(n & 255, n >> 8, 2))

function changesOf(block: number): StateChanges {
  return Array.from({ length: 60 }, (_, i) => {
    const n = (block * 37 + i * 11) % 3000
    const code = n % 50 === 0 ? Uint8Array.of(0x60, n & 255, n >> 8) : undefined
    return {
      address: addressOf(n),
      account: {
        nonce: BigInt(block),
        balance: BigInt(n) * 10n ** 15n,
        codeHash: code ? keccak256(code) : emptyCodeHash,
      },
      ...(code && { code }),
      storageCleared: false,
      storage: n % 9 === 0 ? [[slotOf(block), word(n)] as [Uint8Array, Uint8Array]] : [],
    }
  })
}

async function grow(db: MetisDb, from: Uint8Array, first: number, blocks: number): Promise<Uint8Array[]> {
  const roots: Uint8Array[] = []
  let root = from
  for (let block = first; block < first + blocks; block++) {
    const overlay = db.at(root).overlay()
    overlay.apply(changesOf(block))
    root = await overlay.commit()
    roots.push(root)
  }
  return roots
}

/** One account with more slots than go into one entry. */
function hugeAccount(): StateChanges {
  const storage = Array.from({ length: 20_000 }, (_, n): [Uint8Array, Uint8Array] => [slotOf(n), word(n)])
  return [
    {
      address: addressOf(9999),
      account: { nonce: 1n, balance: 0n, codeHash: emptyCodeHash },
      storageCleared: false,
      storage,
    },
  ]
}

describe('operations on a state', () => {
  it('exports a state while blocks are written, and imports it with the same root', async () => {
    const [path, file] = [fresh(), `${fresh()}.snapshot`]
    await using db = await openMetisDb({ path, ...options })
    const overlay = db.at(emptyTrieRoot).overlay()
    overlay.apply(hugeAccount())
    const roots = await grow(db, await overlay.commit(), 1, 100)
    const wanted = roots.at(-1)!
    const progress: number[] = []
    const [exported, later] = await Promise.all([
      exportState(db, { path: file, root: wanted, onProgress: (done) => progress.push(done) }),
      grow(db, wanted, 200, 20),
    ])
    expect(later).toHaveLength(20)
    expect(progress.at(-1)).toBe(1)
    const target = fresh()
    const imported = await importState({ file, path: target, chainId: 77n, root: wanted })
    const { bytes: _, ...counts } = exported
    expect(imported).toEqual(counts)
    await using copy = await openMetisDb({ path: target, ...options })
    expect(copy.has(wanted)).toBe(true)
    expect(await verifyState(copy)).toMatchObject({ root: wanted, ...imported })
    const view = copy.at(wanted)
    expect(view.storage(addressOf(9999), slotOf(19_999))).toEqual(word(19_999))
    expect(view.code(keccak256(Uint8Array.of(0x60, 50, 0)))).toEqual(Uint8Array.of(0x60, 50, 0))
    expect((await grow(copy, wanted, 200, 20)).map(bytesToHex)).toEqual(later.map(bytesToHex))
  }, 60_000)

  it('exports an archived state', async () => {
    const file = `${fresh()}.snapshot`
    await using db = await openMetisDb({ path: fresh(), ...options, archive: true })
    const roots = await grow(db, emptyTrieRoot, 1, 60)
    await letGoOfViews()
    await exportState(db, { path: file, root: roots[10]! })
    expect((await importState({ file, path: fresh() })).root).toEqual(roots[10])
  })

  it('refuses a snapshot that is cut, changed, of another chain, another state or none, and leaves nothing behind', async () => {
    const file = `${fresh()}.snapshot`
    await using db = await openMetisDb({ path: fresh(), ...options })
    await grow(db, emptyTrieRoot, 1, 40)
    await exportState(db, { path: file })
    const bytes = readFileSync(file)
    const before = readdirSync(folder)
    const refused = async (code: string, extra: object = {}, content = bytes): Promise<void> => {
      const bad = join(folder, 'bad.snapshot')
      writeFileSync(bad, content)
      const target = join(folder, 'refused')
      await expect(importState({ file: bad, path: target, ...extra })).rejects.toMatchObject({ code })
      expect(existsSync(target)).toBe(false)
      rmSync(bad)
    }
    await refused('wrongChain', { chainId: 78n })
    await refused('wrongRoot', { root: new Uint8Array(32) })
    await refused('notASnapshot', {}, Buffer.alloc(5000))
    await refused('damagedSnapshot', {}, Buffer.alloc(5))
    for (let i = 0; i < 20; i++) {
      await refused(
        'damagedSnapshot',
        {},
        bytes.subarray(0, 60 + Math.floor(Math.random() * (bytes.length - 60))),
      )
      const flipped = Buffer.from(bytes)
      flipped[60 + Math.floor(Math.random() * (bytes.length - 60))]! ^= 1 << (i & 7)
      await refused('damagedSnapshot', {}, flipped)
    }
    expect(readdirSync(folder)).toEqual(before)
    await expect(importState({ file, path: folder })).rejects.toMatchObject({ code: 'targetNotEmpty' })
  }, 60_000)

  it('backs up to a folder that opens with all that was durable, while blocks are written', async () => {
    const [path, target] = [fresh(), fresh()]
    await using db = await openMetisDb({ path, ...options, archive: true, checkpointBytes: 30_000 })
    const roots = await grow(db, emptyTrieRoot, 1, 80)
    const durable = roots.at(-1)!
    const growing = grow(db, durable, 200, 60)
    const backup = await backupState(db, { to: target })
    expect(backup.bytes).toBeGreaterThan(0)
    const later = await growing
    await using copy = await openMetisDb({ path: target, ...options, archive: true })
    expect(copy.has(durable)).toBe(true)
    for (const root of roots)
      expect(copy.at(root).account(addressOf(37))).toEqual(db.at(root).account(addressOf(37)))
    await verifyState(copy)
    const again = await grow(copy, durable, 200, 60)
    expect(again.map(bytesToHex)).toEqual(later.map(bytesToHex))
    await expect(backupState(db, { to: target })).rejects.toMatchObject({ code: 'targetNotEmpty' })
  }, 60_000)

  it('prunes states and history while it is open', async () => {
    await using db = await openMetisDb({ path: fresh(), ...options, keepBlocks: 50, archive: true })
    const roots = await grow(db, emptyTrieRoot, 1, 120)
    expect(db.roots()).toHaveLength(50)
    await pruneState(db, { keepBlocks: 5 })
    expect(db.roots()).toHaveLength(5)
    expect(db.has(roots[3]!)).toBe(true)
    expect(db.at(roots[60]!).account(addressOf(37))).toBeDefined()
  })

  it('finds damage in a folder', async () => {
    const path = fresh()
    {
      await using db = await openMetisDb({ path, ...options, archive: true })
      await grow(db, emptyTrieRoot, 1, 60)
      await letGoOfViews()
      await db.checkpoint()
    }
    const name = readdirSync(path).find((file) => file.startsWith('hist.'))!
    const bytes = readFileSync(join(path, name))
    bytes[5000]! ^= 1
    copyFileSync(join(path, name), join(folder, 'aside'))
    writeFileSync(join(path, name), bytes)
    await using db = await openMetisDb({ path, ...options, archive: true })
    await expect(verifyState(db)).rejects.toMatchObject({ code: 'damaged' })
  })
})
