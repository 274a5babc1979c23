import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { afterAll, describe, expect, it } from 'vitest'
import { type MetisDb, openMetisDb } from '../index.js'
import type { State, StateChanges } from '../interface.js'
import { createMemoryState } from '../state.js'
import { letGoOfViews } from './collect.testing.js'

const folder = mkdtempSync(join(tmpdir(), 'metisdb-archive-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let folders = 0
const fresh = (): string => join(folder, String(folders++))
const options = { hotBits: 6, keepBlocks: 4, archive: true }

const addresses = Array.from({ length: 12 }, (_, n) => keccak256(Uint8Array.of(n)).slice(12))
const slots = Array.from({ length: 8 }, (_, n) => keccak256(Uint8Array.of(200, n)))
const seed = Number(process.env.METISDB_SEED ?? Date.now() % 100_000)

/** The same numbers for the same seed. */
function generator(start: number): (limit: number) => number {
  let state = start
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

/** Accounts come and go, with code and storage; storage is cleared now and then. */
function changesOf(random: (limit: number) => number, number: number): StateChanges {
  const touched = new Set(Array.from({ length: 1 + random(4) }, () => random(addresses.length)))
  return [...touched].map((n) => {
    const gone = random(8) === 0
    const code = random(5) === 0 ? Uint8Array.of(0x60, n, number & 255) : undefined
    const storage = Array.from({ length: gone ? 0 : random(4) }, (): [Uint8Array, Uint8Array] => {
      const value = new Uint8Array(32)
      if (random(3) > 0) value[31 - random(32)] = 1 + random(255)
      return [slots[random(slots.length)]!, value]
    })
    return {
      address: addresses[n]!,
      account: gone
        ? null
        : {
            nonce: BigInt(number),
            balance: BigInt(random(1000)),
            codeHash: code ? keccak256(code) : emptyCodeHash,
          },
      ...(code && { code }),
      storageCleared: gone || random(10) === 0,
      storage,
    }
  })
}

async function commit(state: State, root: Uint8Array, changes: StateChanges): Promise<Uint8Array> {
  const overlay = state.at(root).overlay()
  overlay.apply(changes)
  return overlay.commit()
}

function expectEqual(db: MetisDb, reference: State, root: Uint8Array): void {
  const [ours, theirs] = [db.at(root), reference.at(root)]
  for (const address of addresses) {
    const account = theirs.account(address)
    expect(ours.account(address)).toEqual(account)
    expect(ours.hasStorage(address)).toBe(theirs.hasStorage(address))
    for (const slot of slots) expect(ours.storage(address, slot)).toEqual(theirs.storage(address, slot))
    if (account) expect(ours.code(account.codeHash)).toEqual(theirs.code(account.codeHash))
  }
}

function expectEqualProofs(db: MetisDb, reference: State, root: Uint8Array, address: Uint8Array): void {
  expect(db.at(root).proof(address, slots)).toEqual(reference.at(root).proof(address, slots))
}

describe('an archive', () => {
  it(`has every state and every proof, over restarts (seed ${seed})`, async () => {
    const random = generator(seed)
    const path = fresh()
    const reference = createMemoryState()
    const roots: Uint8Array[] = []
    let root = emptyTrieRoot
    for (let session = 0; session < 5; session++) {
      await using db = await openMetisDb({ path, ...options })
      for (let block = 0; block < 60; block++) {
        const changes = changesOf(random, roots.length)
        const next = await commit(db, root, changes)
        expect(bytesToHex(await commit(reference, root, changes))).toBe(bytesToHex(next))
        root = next
        roots.push(root)
        if (random(25) === 0) await db.checkpoint()
      }
      for (const old of roots.filter(() => random(4) === 0)) expectEqual(db, reference, old)
      for (let i = 0; i < 15; i++) {
        expectEqualProofs(db, reference, roots[random(roots.length)]!, addresses[random(addresses.length)]!)
      }
    }
  }, 60_000)

  it('goes on from an old state, as another branch, and keeps the line before it', async () => {
    const random = generator(7)
    const path = fresh()
    const reference = createMemoryState()
    const line: Uint8Array[] = []
    let root = emptyTrieRoot
    const grow = async (db: MetisDb, blocks: number): Promise<void> => {
      for (let block = 0; block < blocks; block++) {
        const changes = changesOf(random, line.length + 1000)
        const next = await commit(db, root, changes)
        await commit(reference, root, changes)
        root = next
        line.push(root)
      }
    }
    {
      await using db = await openMetisDb({ path, ...options })
      await grow(db, 40)
      // Shallow: within the kept states; deep: far behind them.
      for (const back of [2, 25, 3, 30]) {
        line.splice(line.length - back)
        root = line.at(-1)!
        await grow(db, 20)
      }
      for (const old of line) expectEqual(db, reference, old)
      expectEqualProofs(db, reference, line[3]!, addresses[1]!)
    }
    await using db = await openMetisDb({ path, ...options })
    for (const old of line) expectEqual(db, reference, old)
    await grow(db, 10)
    for (const old of line) expectEqual(db, reference, old)
  }, 60_000)

  it('does not connect states that it was not there to see', async () => {
    const random = generator(9)
    const path = fresh()
    let root = emptyTrieRoot
    const roots: Uint8Array[] = []
    for (const archive of [true, false, true]) {
      await using db = await openMetisDb({ path, ...options, archive })
      for (let block = 0; block < 30; block++) {
        root = await commit(db, root, changesOf(random, roots.length + 1))
        roots.push(root)
      }
      await db.checkpoint()
    }
    await using db = await openMetisDb({ path, ...options })
    expect(db.has(roots[5]!)).toBe(false)
    expect(() => db.at(roots[5]!)).toThrow(/not kept/)
    expect(db.has(roots[75]!)).toBe(true)
  })

  it('lets the oldest states go when it is told', async () => {
    const random = generator(11)
    await using db = await openMetisDb({ path: fresh(), ...options })
    let root = emptyTrieRoot
    const roots: Uint8Array[] = []
    for (let block = 0; block < 50; block++) {
      root = await commit(db, root, changesOf(random, block + 1))
      roots.push(root)
    }
    await letGoOfViews()
    await db.checkpoint()
    await db.archive?.history.prune(20)
    expect(db.has(roots[10]!)).toBe(false)
    expect(db.has(roots[30]!)).toBe(true)
  })
})
