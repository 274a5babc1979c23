import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import type { Hex } from '../types/hex.js'
import { counter, openAt } from './crash.testing.js'

const folder = mkdtempSync(join(tmpdir(), 'chain-crash-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const kills = Number(process.env.CRASH_KILLS ?? 3)
const producer = fileURLToPath(new URL('./crash.testing.ts', import.meta.url))

type Acknowledged = { number: string; hash: Hex }

/** Lets a process produce until `blocks` are acknowledged and `delayMs` more have passed, then kills it. */
function produceAndKill(blocks: number, delayMs: number): Promise<Acknowledged> {
  return new Promise((resolve, reject) => {
    const child = fork(producer, ['produce', folder], {
      execArgv: ['--conditions=source', '--import', 'tsx'],
    })
    let last: Acknowledged | undefined
    let seen = 0
    child.on('message', (message: Acknowledged) => {
      last = message
      if (++seen === blocks) setTimeout(() => child.kill('SIGKILL'), delayMs)
    })
    child.on('error', reject)
    child.on('exit', (code) =>
      last && code === null ? resolve(last) : reject(new Error(`exit code ${code}`)),
    )
  })
}

it(
  'keeps every acknowledged block, with its state, through SIGKILL at any moment',
  async () => {
    for (let kill = 0; kill < kills; kill++) {
      const last = await produceAndKill(5, Math.random() * 60)
      const { chain, state } = await openAt(folder)
      const { number } = chain.head.header
      expect(number).toBeGreaterThanOrEqual(BigInt(last.number))
      expect(chain.blockByNumber(BigInt(last.number))?.hash).toBe(last.hash)
      expect(chain.account(counter)?.balance).toBe(number)
      expect(chain.receipts(chain.head.hash)).toHaveLength(1)
      await chain.close()
      await state.close()
    }
  },
  20_000 * kills,
)
