import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StateChanges } from '../interface.js'
import { BatchWriter } from './batch.js'
import { Front } from './front.js'
import {
  endWord,
  newestWord,
  numbered,
  type ReaderData,
  type ReaderReport,
  readyWord,
} from './front.testing.js'
import { openMetisDb } from './open.js'
import type { MetisDb } from './state.js'

const milliseconds = Number(process.env.METISDB_READERS_MS ?? 2000)

function reader(data: ReaderData): Promise<ReaderReport> {
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const entry = JSON.stringify(new URL('./front.testing.ts', import.meta.url).href)
  const start = `import(${loader}).then(({ register }) => (register(), import(${entry})))`
  const worker = new Worker(start, { workerData: data, eval: true, execArgv: ['--conditions=source'] })
  return new Promise((resolve, reject) => {
    worker.on('message', resolve)
    worker.on('error', reject)
  })
}

const changesOf = (number: number): StateChanges =>
  Array.from({ length: numbered.accounts }, (_, n) => ({
    address: numbered.address(n),
    account: { nonce: BigInt(number), balance: numbered.balance(number), codeHash: emptyCodeHash },
    storageCleared: false,
    storage: [[numbered.slot(n), numbered.value(number)]],
  }))

/** Commits states one after the other until the time is over; each is told to the readers, and read here too. */
async function write(db: MetisDb, control: Int32Array, until: number): Promise<number> {
  const { front } = db.engine.arena
  const views = []
  let root = emptyTrieRoot
  let number = 0
  while (performance.now() < until && number < 0x7fff) {
    number++
    const overlay = db.at(root).overlay()
    overlay.apply(changesOf(number))
    const view = overlay.view()
    views.push(view)
    const place = (view.native!.state - front.exports.statesAt()) / 128
    Atomics.store(control, newestWord, (number << 16) | place)
    root = await overlay.commit()
    for (let n = 0; n < numbered.accounts; n += 3) {
      expect(view.account(numbered.address(n))?.nonce).toBe(BigInt(number))
      expect(view.storage(numbered.address(n), numbered.slot(n))).toEqual(numbered.value(number))
    }
  }
  return number
}

describe('the front of the arenas', () => {
  it(`gives readers in other threads states as wholes while they are written, for ${milliseconds} ms`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'front-'))
    // The tables are too small for all accounts: they begin anew all the time.
    const db = await openMetisDb({ path: folder, hotBits: 6 })
    const control = new Int32Array(new SharedArrayBuffer(12))
    try {
      await write(db, control, performance.now() + 10)
      const { front, shards } = db.engine.arena
      const shared = { control, front: front.share(), shards: shards.map((shard) => shard.share()) }
      const readers = [1, 2].map((thread) => reader({ ...shared, thread }))
      while (Atomics.load(control, readyWord) < readers.length) await setTimeout(10)
      const states = await write(db, control, performance.now() + milliseconds)
      Atomics.store(control, endWord, 1)
      const reports = await Promise.all(readers)
      expect(reports.flatMap(({ torn }) => torn)).toEqual([])
      expect(reports.every(({ reads }) => reads > 0)).toBe(true)
      expect(states).toBeGreaterThan(1)
    } finally {
      await db.close()
      rmSync(folder, { recursive: true })
    }
  }, 60_000)

  it('sorts a batch by hashed address, and leaves entries of one account in their order', () => {
    const front = new Front({ accountBits: 6, slotBits: 6 }, [], emptyCodeHash)
    const changes = fc.array(
      fc.record({
        n: fc.integer({ min: 0, max: 400 }),
        balance: fc.bigInt(0n, 2n ** 256n - 1n),
        slots: fc.nat(3),
      }),
      { maxLength: 300 },
    )
    fc.assert(
      fc.property(changes, (list) => {
        const writer = new BatchWriter(emptyCodeHash)
        const entries = list.map(({ n, balance, slots }) => {
          const address = new Uint8Array(20)
          address.set([n >> 8, n])
          const one = new BatchWriter(emptyCodeHash)
          const change = {
            address,
            account: { nonce: 1n, balance, codeHash: emptyCodeHash },
            storageCleared: false,
            storage: Array.from(
              { length: slots },
              (_, i) => [numbered.slot(i), numbered.value(i)] as [Uint8Array, Uint8Array],
            ),
          }
          writer.add(change)
          one.add(change)
          return { key: Buffer.from(keccak256(address)), bytes: Buffer.concat(one.take()) }
        })
        entries.sort((a, b) => Buffer.compare(a.key, b.key))
        const groups = writer.isEmpty ? [] : front.partition(Buffer.concat(writer.take()), false)
        for (let shard = 0; shard < 16; shard++) {
          const expected = entries.filter(({ key }) => key[0]! >> 4 === shard)
          const group = groups[shard]
          expect(Buffer.concat(group ? [group.keys] : [])).toEqual(
            Buffer.concat(expected.map(({ key }) => key)),
          )
          expect(Buffer.concat(group ? [group.entries] : [])).toEqual(
            Buffer.concat(expected.map(({ bytes }) => bytes)),
          )
        }
      }),
      { numRuns: 100 },
    )
  })
})
