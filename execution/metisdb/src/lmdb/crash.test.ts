import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bytesToHex, emptyTrieRoot, hexToBytes } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import { createMemoryState } from '../state.js'
import { blockChanges } from './crash.testing.js'
import { openState } from './open.js'

const kills = 20
const folder = mkdtempSync(join(tmpdir(), 'metisdb-crash-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Acknowledged = { number: number; root: string }

const writer = (path: string): string[] => {
  const script = fileURLToPath(new URL('./crash.testing.ts', import.meta.url))
  return ['--conditions=source', '--import', 'tsx', script, path]
}

/** Runs the writer and kills it some milliseconds after its first commit; returns its last word. */
async function writeUntilKilled(path: string, from: Acknowledged, delay: number): Promise<Acknowledged> {
  const args = [...writer(path), String(from.number + 1), from.root]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (text: Buffer) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), delay)
    said += text
  })
  await new Promise((done) => child.on('close', done))
  const last = said.split('\n').at(-2)
  if (!last) throw new Error('The writer committed nothing.')
  const [number, root] = last.split(' ')
  return { number: Number(number), root: root! }
}

describe('a writer killed with SIGKILL', () => {
  it(`leaves the last acknowledged state, complete, ${kills} times`, async () => {
    const seed = Date.now()
    const path = join(folder, 'killed')
    const expected = createMemoryState()
    let acknowledged: Acknowledged = { number: -1, root: bytesToHex(emptyTrieRoot) }
    let root = emptyTrieRoot
    for (let kill = 0; kill < kills; kill++) {
      const first = acknowledged.number + 1
      acknowledged = await writeUntilKilled(path, acknowledged, (seed * (kill + 1)) % 97)
      for (let number = first; number <= acknowledged.number; number++) {
        const overlay = expected.at(root).overlay()
        overlay.apply(blockChanges(number))
        root = await overlay.commit()
      }
      expect(acknowledged.root, `seed ${seed}`).toBe(bytesToHex(root))
      const state = await openState({ path })
      const view = state.at(hexToBytes(acknowledged.root))
      const reference = expected.at(root)
      for (let n = 0; n < 64; n++) {
        const address = new Uint8Array(20).fill(n)
        expect(view.account(address), `seed ${seed}`).toEqual(reference.account(address))
      }
      for (let number = Math.max(0, first - 5); number <= acknowledged.number; number++) {
        for (const { address, storage } of blockChanges(number)) {
          const slot = storage[0]![0]
          expect(view.storage(address, slot), `seed ${seed}`).toEqual(reference.storage(address, slot))
        }
      }
      await state.close()
    }
    expect(acknowledged.number).toBeGreaterThan(kills)
  }, 120_000)
})

describe('a writer that runs out of disk', () => {
  // The limit on file size stands for the disk: a write beyond it fails as one on a full disk does.
  it.skipIf(process.platform === 'win32')(
    'stops with an error, and leaves the last acknowledged state',
    async () => {
      const path = join(folder, 'full')
      const command = `trap '' XFSZ; ulimit -f 2048; exec "$0" "$@"`
      const args = ['-c', command, process.execPath, ...writer(path), '0']
      const { stdout } = spawnSync('bash', args, { encoding: 'utf8' })
      const lines = stdout.trim().split('\n')
      // LMDB reports a short write as EIO; only a disk that is full indeed is called so.
      expect(lines.at(-1)).toMatch(/^failed (io|noSpace)$/)
      const [number, root] = lines.at(-2)!.split(' ')
      expect(Number(number)).toBeGreaterThan(5)
      await using state = await openState({ path })
      const view = state.at(hexToBytes(root!))
      for (let n = 0; n < 64; n++) view.account(new Uint8Array(20).fill(n))
      const overlay = view.overlay()
      overlay.apply(blockChanges(Number(number) + 1))
      expect(state.has(await overlay.commit())).toBe(true)
    },
  )
})
