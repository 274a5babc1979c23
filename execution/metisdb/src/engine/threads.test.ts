import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { bigIntToBytes, bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import type { AccountChange } from '../interface.js'
import { openMetisDb } from './open.js'

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
})
