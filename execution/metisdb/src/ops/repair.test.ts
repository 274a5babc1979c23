import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import { openMetisDb } from '../engine/open.js'
import { letGoOfViews } from '../history/collect.testing.js'
import { repairState } from './repairState.js'

const folder = mkdtempSync(join(tmpdir(), 'metisdb-repair-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let folders = 0
const options = { hotBits: 6, keepBlocks: 4, archive: true }

/** A folder with 30 states, checkpointed after 20 of them. */
async function made(): Promise<{ path: string; roots: Uint8Array[] }> {
  const path = join(folder, String(folders++))
  await using db = await openMetisDb({ path, ...options })
  const roots: Uint8Array[] = []
  for (let block = 1; block <= 30; block++) {
    const overlay = db.at(roots.at(-1) ?? emptyTrieRoot).overlay()
    const account = { nonce: BigInt(block), balance: 5n, codeHash: emptyCodeHash }
    const addresses = [1, 2, 3].map((n) => keccak256(Uint8Array.of(block * n)).slice(12))
    overlay.apply(addresses.map((address) => ({ address, account, storageCleared: false, storage: [] })))
    roots.push(await overlay.commit())
    if (block !== 20) continue
    await letGoOfViews()
    await db.checkpoint()
  }
  return { path, roots }
}

function damage(path: string, kind: string, at: number): void {
  const name = readdirSync(path).find((file) => file.startsWith(kind))!
  const bytes = readFileSync(join(path, name))
  bytes[at < 0 ? bytes.length + at : at]! ^= 4
  writeFileSync(join(path, name), bytes)
}

describe('repairing a state', () => {
  it('does nothing to a good one, and cuts off what was under way', async () => {
    const { path, roots } = await made()
    expect(await repairState({ path })).toEqual({ actions: [], root: roots.at(-1) })
    const log = readdirSync(path).find((file) => file.startsWith('wal.'))!
    writeFileSync(join(path, log), Buffer.concat([readFileSync(join(path, log)), Buffer.alloc(50, 7)]))
    const { actions, root } = await repairState({ path })
    expect(actions).toEqual(['50 bytes of a commit that was under way were cut off'])
    expect(root).toEqual(roots.at(-1))
  })

  it('drops to an older state when the log is damaged, but only with consent', async () => {
    const { path, roots } = await made()
    damage(path, 'wal.', 900)
    await expect(openMetisDb({ path, ...options })).rejects.toMatchObject({ code: 'damaged' })
    await expect(repairState({ path })).rejects.toMatchObject({ code: 'needsConsent' })
    const { actions, root } = await repairState({ path, acceptLoss: true })
    expect(actions[0]).toMatch(/gone: the newest state is an older one/)
    await using db = await openMetisDb({ path, ...options })
    expect(db.roots().at(-1)).toEqual(root)
    expect(roots.slice(19, 29)).toContainEqual(root)
  })

  it('forgets what is damaged of the history, but only with consent', async () => {
    const { path, roots } = await made()
    damage(path, 'hist.', 5000)
    await expect(repairState({ path })).rejects.toMatchObject({ code: 'needsConsent' })
    const { actions, root } = await repairState({ path, acceptLoss: true })
    expect(actions[0]).toMatch(/archived states are gone/)
    expect(root).toEqual(roots.at(-1))
  })

  it('says when it can do nothing, and puts the folder aside when it is told to', async () => {
    const { path } = await made()
    const image = readdirSync(path).find((file) => file.startsWith('image.'))!
    truncateSync(join(path, image), 100)
    await expect(repairState({ path, acceptLoss: true })).rejects.toMatchObject({ code: 'beyondRepair' })
    const { actions, root } = await repairState({ path, acceptLoss: true, setAside: true })
    expect(root).toBeUndefined()
    expect(actions[0]).toMatch(/executes its blocks again/)
    expect(existsSync(path)).toBe(false)
  })
})
