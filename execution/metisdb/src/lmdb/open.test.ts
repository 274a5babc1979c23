import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyCodeHash, emptyTrieRoot } from '@metis-stack/kernel'
import { open } from 'lmdb'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { stateCases } from '../state.testing.js'
import { openState } from './open.js'

const root = mkdtempSync(join(tmpdir(), 'metisdb-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let count = 0
const fresh = (): string => join(root, `state-${count++}`)

stateCases('LMDB', () => openState({ path: fresh() }))
stateCases('LMDB, with caches of next to nothing,', () =>
  openState({ path: fresh(), nodeCacheBytes: 2000, headCacheEntries: 3 }),
)

describe('openState', () => {
  let path: string
  beforeEach(() => {
    path = fresh()
  })

  const address = new Uint8Array(20).fill(7)
  const account = { nonce: 3n, balance: 5n, codeHash: emptyCodeHash }

  it('finds again what was committed, and nothing else', async () => {
    const first = await openState({ path, chainId: 5n })
    const overlay = first.at(emptyTrieRoot).overlay()
    overlay.apply([{ address, account, storageCleared: false, storage: [] }])
    const kept = await overlay.commit()
    const lost = overlay.view().overlay()
    lost.apply([{ address, account: { ...account, nonce: 4n }, storageCleared: false, storage: [] }])
    const lostRoot = lost.root()
    await first.close()
    const second = await openState({ path, chainId: 5n })
    expect(second.at(kept).account(address)).toEqual(account)
    expect(second.has(lostRoot)).toBe(false)
    await second.close()
  })

  it('refuses a folder that is open, in this process and in another', async () => {
    const state = await openState({ path })
    await expect(openState({ path })).rejects.toMatchObject({ code: 'locked' })
    const script = `import { openState } from ${JSON.stringify(import.meta.resolve('./open.ts'))}
      openState({ path: ${JSON.stringify(path)} }).catch((error) => console.log(error.shortMessage))`
    const args = ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', script]
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(stdout.trim()).toBe(`The state folder ${path} is in use by process ${process.pid}.`)
    await state.close()
    await (await openState({ path })).close()
  })

  it('takes over the lock of a process that is gone', async () => {
    await (await openState({ path })).close()
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(join(path, 'LOCK'), JSON.stringify({ pid, token: 'gone' }))
    await (await openState({ path })).close()
    writeFileSync(join(path, 'LOCK'), '')
    await (await openState({ path })).close()
  })

  it('refuses the state of another chain or format, and another database', async () => {
    await (await openState({ path, chainId: 1n })).close()
    await expect(openState({ path, chainId: 2n })).rejects.toMatchObject({ code: 'wrongChain' })
    const environment = open({ path: join(path, 'state.mdb'), noSubdir: true, maxDbs: 8 })
    await environment.openDB({ name: 'meta', encoding: 'string' }).put('format', '99')
    await environment.close()
    await expect(openState({ path, chainId: 1n })).rejects.toMatchObject({ code: 'wrongVersion' })

    const other = fresh()
    await (await openState({ path: other })).close()
    rmSync(join(other, 'state.mdb'))
    const foreign = open({ path: join(other, 'state.mdb'), noSubdir: true, maxDbs: 8 })
    await foreign.openDB({ name: 'blocks' }).put('a', 1)
    await foreign.close()
    await expect(openState({ path: other })).rejects.toMatchObject({ code: 'notAStateFolder' })
  })

  it('answers with one line when the file is no database', async () => {
    await (await openState({ path })).close()
    writeFileSync(join(path, 'state.mdb'), Buffer.alloc(65_536, 0xa5))
    await expect(openState({ path })).rejects.toMatchObject({ code: 'damaged' })
  })

  it('answers with one line when a parent of the folder is a file', async () => {
    writeFileSync(join(root, 'file'), '')
    await expect(openState({ path: join(root, 'file', 'state') })).rejects.toMatchObject({ code: 'io' })
  })

  it.skipIf(process.getuid?.() === 0)('answers with one line when it may not write', async () => {
    await (await openState({ path })).close()
    chmodSync(path, 0o500)
    await expect(openState({ path })).rejects.toMatchObject({ code: 'noPermission' })
    chmodSync(path, 0o700)
  })
})
