import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { bigIntToBytes, bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import type { AccountChange } from '../interface.js'
import { systemMapper } from './mapping.js'
import { openMetisDb } from './open.js'
import { Shard } from './shard.js'
import type { Task } from './task.js'
import { Threads } from './threads.js'

const seed = Number(process.env.METISDB_SEED ?? Date.now() % 2 ** 31)
const folder = mkdtempSync(join(tmpdir(), 'metisdb-threads-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const word = (n: number): Uint8Array => bigIntToBytes(BigInt(n), 32)

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

function randomChange(random: (limit: number) => number): AccountChange {
  const address = keccak256(word(random(4000))).slice(0, 20)
  const kind = random(10)
  if (kind === 0) return { address, account: null, storageCleared: false, storage: [] }
  const slots = Array.from({ length: kind < 5 ? 0 : random(6) }, () => random(20))
  return {
    address,
    account: {
      nonce: BigInt(random(2 ** 31)),
      balance: BigInt(random(2 ** 31)) ** 3n,
      codeHash: emptyCodeHash,
    },
    storageCleared: kind === 9,
    storage: slots.map((slot) => [word(slot), word(random(3) * random(2 ** 31))]),
  }
}

describe(`MetisDB with several threads, seed ${seed}`, () => {
  it('has the roots, values and proofs that one thread gives', { timeout: 60_000 }, async () => {
    const random = generator(seed)
    const options = { hotBits: 8, keepBlocks: 2, checkpointBytes: 400_000 }
    await using several = await openMetisDb({ path: join(folder, 'several'), ...options, threads: 2 })
    await using one = await openMetisDb({ path: join(folder, 'one'), ...options, threads: 0 })
    let root = emptyTrieRoot
    for (let block = 0; several.stats().parallelBatches < 40; block++) {
      // Some blocks are small, and some take several batches.
      const size = [40, 600, 1500, 9000][block % 40 === 0 ? 3 : random(3)]!
      const changes = Array.from({ length: size }, () => randomChange(random))
      const roots = await Promise.all(
        [several, one].map(async (db) => {
          const overlay = db.at(root).overlay()
          overlay.apply(changes)
          return overlay.commit()
        }),
      )
      expect(bytesToHex(roots[0]!), `seed ${seed}`).toBe(bytesToHex(roots[1]!))
      root = roots[0]!
      if (block === 0)
        for (let i = 0; i < 100 && !several.engine.arena.threadsReady; i++) await setTimeout(50)
      const address = changes[random(size)]!.address
      expect(several.at(root).account(address)).toEqual(one.at(root).account(address))
      expect(several.at(root).proof(address, [word(1)])).toEqual(one.at(root).proof(address, [word(1)]))
    }
    expect(one.stats().parallelBatches).toBe(0)
  })

  describe('of which one is gone', () => {
    const start = async (entry: string, lostAfterMs = 300) => {
      const shards = Array.from({ length: 4 }, (_, index) => new Shard(index, { mapper: systemMapper() }))
      const threads = new Threads(shards, 1, { entry, lostAfterMs })
      threads.start()
      while (!threads.ready) await setTimeout(2)
      const task: Task = { shard: 0, before: 0, ref: 0, length: 0, hashed: false, seals: false }
      const run = () => threads.run(shards.map((_, shard) => ({ ...task, shard })))
      const close = async (): Promise<void> => {
        await threads.close()
        for (const { pages } of shards) pages.close()
      }
      return { threads, run, close }
    }

    it('does its work itself', { timeout: 60_000 }, async () => {
      const { threads, run, close } = await start('goneThread.testing')
      expect(run().map(({ failed }) => failed)).toEqual([false, false, false, false])
      while (threads.ready) await setTimeout(2)
      expect(run().map(({ failed }) => failed)).toEqual([false, false, false, false])
      await close()
    })

    const known = existsSync('/proc/thread-self')
    it.each([
      ['and does not wait for ever', 300],
      ...(known ? ([['and does not wait where the system tells', 600_000]] as const) : []),
    ])(
      'says so when it was in the middle of a task, %s',
      {
        timeout: 60_000,
      },
      async (_, lostAfterMs) => {
        const { run, close } = await start('lostThread.testing', lostAfterMs)
        let told: unknown
        // Now and then all is done before it takes anything.
        for (const until = performance.now() + 20_000; !told && performance.now() < until; ) {
          try {
            run()
          } catch (error) {
            told = error
          }
        }
        expect(told).toMatchObject({ code: 'io' })
        await close()
      },
    )
  })
})
