import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { AccountChange } from '../interface.js'
import { type MetisDb, openMetisDb } from './open.js'

const folder = mkdtempSync(join(tmpdir(), 'metisdb-hot-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const addresses = Array.from({ length: 30 }, (_, n) => keccak256(Uint8Array.of(n)).slice(12))
const slot = new Uint8Array(32).fill(7)
const wordOf = (block: number): Uint8Array => new Uint8Array(32).fill(block)

function changesOf(block: number): AccountChange[] {
  return addresses.map((address, n) => ({
    address,
    account: { nonce: BigInt(100 * block + n), balance: BigInt(n), codeHash: emptyCodeHash },
    storageCleared: false,
    storage: [[slot, wordOf(block)]],
  }))
}

async function commit(db: MetisDb, root: Uint8Array, block: number): Promise<Uint8Array> {
  const overlay = db.at(root).overlay()
  overlay.apply(changesOf(block))
  return overlay.commit()
}

function expectBlock(db: MetisDb, root: Uint8Array, block: number): void {
  const view = db.at(root)
  // Twice: the first reading may leave something in the tables.
  for (const [n, address] of [...addresses.entries(), ...addresses.entries()]) {
    expect(view.account(address)?.nonce).toBe(BigInt(100 * block + n))
    expect(view.storage(address, slot)).toEqual(wordOf(block))
  }
}

/** From here on the tables stop after the first account of a batch; returns what puts an end to it. */
function failing(db: MetisDb): () => void {
  const { front } = db.engine.arena
  const { exports } = front
  const hotBatch = (at: number): void => {
    exports.hotBatch(at, at + 1)
    throw new WebAssembly.RuntimeError('unreachable')
  }
  Object.defineProperty(front, 'exports', { value: { ...exports, hotBatch } })
  return () => Object.defineProperty(front, 'exports', { value: exports })
}

describe('Hot tables that fail in the middle of a commit', () => {
  it('change nothing about its outcome, nor about what is read then and after reopening', async () => {
    const path = join(folder, 'one')
    await using reference = await openMetisDb({ path: join(folder, 'reference'), hotBits: 8 })
    let db = await openMetisDb({ path, hotBits: 8 })
    let root: Uint8Array = emptyTrieRoot
    let expected: Uint8Array = emptyTrieRoot
    for (let block = 1; block <= 8; block++) {
      const before = root
      const mend = block % 3 === 2 ? failing(db) : () => {}
      root = await commit(db, root, block)
      expected = await commit(reference, expected, block)
      expect(bytesToHex(root)).toBe(bytesToHex(expected))
      expectBlock(db, root, block)
      if (block > 1) expectBlock(db, before, block - 1)
      if (block % 3 === 2) expect(db.hot.entry(addresses[0]!)).toBe(0)
      mend()
      if (block === 5) {
        expect(db.stats().hotFailures).toBe(2)
        await db.close()
        db = await openMetisDb({ path, hotBits: 8 })
        expectBlock(db, root, block)
      }
      // They are of use again.
      if (block % 3 === 0) expect(db.hot.entry(addresses[0]!)).not.toBe(0)
    }
    await db.close()
    db = await openMetisDb({ path, hotBits: 8 })
    expectBlock(db, root, 8)
    await db.close()
  })
})

type Life = { nonce: number; slots: Map<number, number> }
type Model = Map<number, Life>

const step = fc.record({
  kind: fc.constantFrom('put', 'put', 'put', 'renew', 'remove'),
  n: fc.nat(11),
  nonce: fc.integer({ min: 1, max: 99 }),
  slots: fc.array(fc.tuple(fc.nat(5), fc.nat(2)), { maxLength: 4 }),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

const at = (n: number): Uint8Array => new Uint8Array(32).fill(n)

/** A step on the model, and as a change. */
function take(model: Model, { kind, n, nonce, slots }: Step): AccountChange {
  const address = addresses[n]!
  const storageCleared = kind !== 'put'
  if (storageCleared) model.delete(n)
  if (kind === 'remove') return { address, account: undefined, storageCleared, storage: [] }
  const life = { nonce, slots: new Map([...(model.get(n)?.slots ?? []), ...slots]) }
  model.set(n, life)
  const account = { nonce: BigInt(nonce), balance: 0n, codeHash: emptyCodeHash }
  const storage = [...new Map(slots)].map(([key, value]): [Uint8Array, Uint8Array] => [at(key), at(value)])
  return { address, account, storageCleared, storage }
}

describe('Hot tables that have seen accounts come into being', () => {
  it.each([2, 4, 8])('know what is there and what is not, on every branch: 2^%d', async (hotBits) => {
    const blocks = fc.array(fc.record({ parent: fc.nat(2), steps: fc.array(step, { maxLength: 6 }) }), {
      maxLength: 12,
    })
    let turn = 0
    await fc.assert(
      fc.asyncProperty(blocks, async (list) => {
        const path = join(folder, `whole-${hotBits}-${turn++}`)
        let db = await openMetisDb({ path, hotBits })
        const states: { root: Uint8Array; model: Model }[] = [{ root: emptyTrieRoot, model: new Map() }]
        for (const [height, { parent, steps }] of list.entries()) {
          // Mostly the last one, now and then one before.
          const base = states.at(-1 - parent) ?? states[0]!
          const model: Model = new Map(
            [...base.model].map(([n, { nonce, slots }]) => [n, { nonce, slots: new Map(slots) }]),
          )
          const overlay = db.at(base.root).overlay()
          const unique = [...new Map(steps.map((one) => [one.n, one])).values()]
          overlay.apply(unique.map((one) => take(model, one)))
          const root = await overlay.commit()
          states.push({ root, model })
          if (height === 6) {
            await db.close()
            db = await openMetisDb({ path, hotBits })
          }
          const view = db.at(root)
          for (let n = 0; n < 12; n++) {
            const life = model.get(n)
            for (let key = 0; key < 6; key++) {
              const value = life?.slots.get(key) ?? 0
              expect(view.storage(addresses[n]!, at(key))).toEqual(value === 0 ? undefined : at(value))
            }
            expect(view.account(addresses[n]!)?.nonce).toBe(life && BigInt(life.nonce))
          }
        }
        await db.close()
        rmSync(path, { recursive: true })
      }),
      { numRuns: 40 },
    )
  })
})

describe('Hot tables of a size that no memory can have', () => {
  it.each([25, 0, 18.5, Number.NaN])('are refused: 2^%d', async (hotBits) => {
    await expect(openMetisDb({ path: join(folder, 'refused'), hotBits })).rejects.toThrow(
      'hotBits is a whole number from 1 to 24',
    )
  })
})

describe('Hot tables larger than 2 GiB', () => {
  it('give where an entry is as a number from which its bytes can be read', async () => {
    await using db = await openMetisDb({ path: join(folder, 'large'), hotBits: 8 })
    const { front } = db.engine.arena
    // As WebAssembly hands an address beyond 2^31 to JavaScript.
    const entryOf = (): number => -(2 ** 30)
    Object.defineProperty(front, 'exports', { value: { ...front.exports, entryOf } })
    expect(db.hot.entry(addresses[0]!)).toBe(3 * 2 ** 30)
  })
})

it('answers with a clear error when the system refuses hot tables of this size, and keeps nothing locked', async () => {
  const path = join(folder, 'refused')
  const { Memory } = WebAssembly
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      // Arenas ask for more or for much less.
      if (descriptor.initial > 50_000 && descriptor.initial < 65_536)
        throw new RangeError('could not allocate memory')
      super(descriptor)
    }
  }
  try {
    await expect(openMetisDb({ path, hotBits: 24 })).rejects.toMatchObject({
      code: 'outOfMemory',
      message: expect.stringContaining('hot tables'),
    })
  } finally {
    WebAssembly.Memory = Memory
  }
  await using db = await openMetisDb({ path, hotBits: 8 })
  await commit(db, emptyTrieRoot, 1)
})
