import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bytesToHex, emptyTrieRoot, hexToBytes } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import { blockChanges } from '../lmdb/crash.testing.js'
import { createMemoryState } from '../state.js'
import { openMetisDb } from './open.js'

/** The long run of the harness is `METISDB_KILLS=1000 npx vitest run killed`. */
const kills = Number(process.env.METISDB_KILLS ?? 30)
const seed = Number(process.env.METISDB_SEED ?? Date.now() % 100_000)

const folder = mkdtempSync(join(tmpdir(), 'metisdb-killed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Acknowledged = { number: number; root: string }

/** Runs the writer and kills it some milliseconds after some commits; returns its last word. */
async function writeUntilKilled(
  path: string,
  from: Acknowledged,
  { commits, delay }: { commits: number; delay: number },
): Promise<Acknowledged> {
  const script = fileURLToPath(new URL('./killed.testing.ts', import.meta.url))
  const args = ['--conditions=source', '--import', 'tsx', script, path, String(from.number + 1), from.root]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  let left = commits
  child.stdout.on('data', (text: Buffer) => {
    said += text
    if (left <= 0) return
    left -= text.toString().split('\n').length - 1
    if (left <= 0) setTimeout(() => child.kill('SIGKILL'), delay)
  })
  await new Promise((done) => child.on('close', done))
  const last = said.split('\n').at(-2)
  if (!last) throw new Error('The writer committed nothing.')
  const [number, root] = last.split(' ')
  return { number: Number(number), root: root! }
}

describe('MetisDB in a process killed with SIGKILL', () => {
  it(
    `has the last acknowledged state, complete, ${kills} times (seed ${seed})`,
    async () => {
      const path = join(folder, 'state')
      const expected = createMemoryState()
      let acknowledged: Acknowledged = { number: -1, root: bytesToHex(emptyTrieRoot) }
      let root = emptyTrieRoot
      let replayed = 0
      let checkpoints = 0
      // On a machine with much else to do a short run may end before the first checkpoint does.
      for (let kill = 0; kill < kills || (checkpoints === 0 && kill < 5 * kills); kill++) {
        const first = acknowledged.number + 1
        const moment = Math.imul(seed + kill, 2654435761) >>> 8
        acknowledged = await writeUntilKilled(path, acknowledged, {
          commits: 1 + (moment % 97),
          delay: moment % 23,
        })
        for (let number = first; number <= acknowledged.number; number++) {
          const overlay = expected.at(root).overlay()
          overlay.apply(blockChanges(number))
          root = await overlay.commit()
        }
        expect(acknowledged.root).toBe(bytesToHex(root))
        const state = await openMetisDb({ path })
        replayed += state.report.replayed
        checkpoints = Math.max(checkpoints, state.report.base ?? 0)
        const view = state.at(hexToBytes(acknowledged.root))
        const reference = expected.at(root)
        for (let n = 0; n < 64; n++) {
          const address = new Uint8Array(20).fill(n)
          expect(view.account(address)).toEqual(reference.account(address))
        }
        for (let number = Math.max(0, first - 5); number <= acknowledged.number; number++) {
          for (const { address, storage } of blockChanges(number)) {
            const slot = storage[0]![0]
            expect(view.storage(address, slot)).toEqual(reference.storage(address, slot))
          }
        }
        await state.close()
        if ((kill + 1) % 50 === 0) console.log(`seed ${seed}: ${kill + 1} kills`)
      }
      expect(acknowledged.number).toBeGreaterThan(kills)
      expect(replayed).toBeGreaterThan(0)
      expect(checkpoints).toBeGreaterThan(0)
    },
    120_000 + kills * 40_000,
  )
})
