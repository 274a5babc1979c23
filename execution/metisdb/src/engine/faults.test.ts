import {
  bigIntToBytes,
  bytesToHex,
  emptyCodeHash,
  emptyTrieRoot,
  equalBytes,
  keccak256,
} from '@metis-stack/kernel'
import { describe, expect, it } from 'vitest'
import { StateError } from '../errors.js'
import type { AccountChange, Overlay, View } from '../interface.js'
import { diskError, SimulatedDisk } from './disk.testing.js'
import { MetisDb, type MetisDbOptions } from './state.js'

/** Faults of each kind; the long run of the harness is `METISDB_FAULTS=1000 npx vitest run faults`. */
const runs = Number(process.env.METISDB_FAULTS ?? 25)
const firstSeed = Number(process.env.METISDB_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const word = (n: number): Uint8Array => bigIntToBytes(BigInt(n), 32)
const addressOf = (n: number): Uint8Array => bigIntToBytes(BigInt(n + 1), 20)
// As many states are kept as a burst has commits, and more: those that nobody was told of count too.
const options: MetisDbOptions = { hotBits: 4, keepBlocks: 8, checkpointBytes: 6000, chainId: 7n }

type Content = ReadonlyMap<number, { nonce: bigint; slots: ReadonlyMap<number, number>; code?: Uint8Array }>

type Attempt = { root: Uint8Array; content: Content }

/** A writer of random blocks that remembers what each acknowledged root holds. */
class Writer {
  readonly #random: () => number
  content: Content = new Map()
  root = emptyTrieRoot

  constructor(random: () => number) {
    this.#random = random
  }

  /** Commits a block; the state that it led to counts only when the commit is acknowledged. */
  async block(db: MetisDb): Promise<void> {
    const { root, content } = this.#attempt(db.at(this.root), this.content).attempt
    await this.#last!.commit()
    this.root = root
    this.content = content
  }

  /** Several blocks, each on the one before without waiting for it. */
  async burst(db: MetisDb, count: number): Promise<void> {
    const commits: Promise<unknown>[] = []
    let view = db.at(this.root)
    let { content } = this
    const first = this.attempts.length
    let stopped: unknown
    try {
      for (let i = 0; i < count; i++) {
        const made = this.#attempt(view, content)
        view = made.view
        content = made.attempt.content
        commits.push(this.#last!.commit())
      }
    } catch (error) {
      // Those before it are under way, and may land.
      stopped = error
    }
    const results = await Promise.allSettled(commits)
    const acknowledged = results.findLastIndex(({ status }) => status === 'fulfilled')
    if (acknowledged >= 0) {
      const { root, content: landed } = this.attempts[first + acknowledged]!
      this.root = root
      this.content = landed
    }
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    if (stopped) throw stopped
  }

  #last: Overlay | undefined

  /** States that were asked for since the writer last knew what is there. */
  attempts: Attempt[] = []

  #attempt(view: View, content: Content): { view: View; attempt: Attempt } {
    const next = new Map(content)
    const changes: AccountChange[] = []
    for (let i = 0; i < 1 + this.#below(12); i++) {
      const n = this.#below(40)
      const before = next.get(n)
      if (this.#below(8) === 0) {
        next.delete(n)
        changes.push({ address: addressOf(n), account: null, storageCleared: false, storage: [] })
        continue
      }
      const slots = new Map(before?.slots)
      const storage = Array.from({ length: this.#below(4) }, () => [this.#below(6), this.#below(4)] as const)
      for (const [slot, value] of storage) {
        if (value === 0) slots.delete(slot)
        else slots.set(slot, value)
      }
      const code = before?.code ?? (this.#below(6) === 0 ? word(this.#below(1000)) : undefined)
      const nonce = BigInt(this.#below(2 ** 31))
      next.set(n, { nonce, slots, ...(code && { code }) })
      changes.push({
        address: addressOf(n),
        account: { nonce, balance: BigInt(n), codeHash: code ? keccak256(code) : emptyCodeHash },
        ...(code && { code }),
        storageCleared: false,
        storage: storage.map(([slot, value]) => [word(slot), word(value)]),
      })
    }
    const overlay = view.overlay()
    overlay.apply(changes)
    const attempt = { root: overlay.root(), content: next }
    this.attempts.push(attempt)
    this.#last = overlay
    return { view: overlay.view(), attempt }
  }

  /** The acknowledged state is there and right; later ones that were asked for may be. Goes on from the last of them. */
  check(db: MetisDb): void {
    expectContent(db, this.root, this.content)
    for (const { root, content } of this.attempts) {
      if (!db.has(root)) continue
      expectContent(db, root, content)
    }
    const landed = this.attempts.findLast(({ root }) => db.has(root))
    if (landed) {
      this.root = landed.root
      this.content = landed.content
    }
    this.attempts = []
  }

  chance(): number {
    return this.#random()
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }
}

function expectContent(db: MetisDb, root: Uint8Array, content: Content): void {
  const view = db.at(root)
  // One expectation for all: they are what the test would spend its time on.
  const wrong: string[] = []
  for (let n = 0; n < 40; n++) {
    const expected = content.get(n)
    const found = view.account(addressOf(n))
    if (found?.nonce !== expected?.nonce) wrong.push(`account ${n}`)
    for (let slot = 0; slot < 6; slot++) {
      const value = expected?.slots.get(slot)
      const read = view.storage(addressOf(n), word(slot))
      if (value === undefined ? read !== undefined : !read || !equalBytes(read, word(value))) {
        wrong.push(`slot ${slot} of account ${n}`)
      }
    }
    if (found && expected?.code && !equalBytes(view.code(found.codeHash), expected.code)) {
      wrong.push(`code of account ${n}`)
    }
  }
  expect(wrong).toEqual([])
}

/** Now changes images in place, now writes new ones. */
const open = (disk: SimulatedDisk): Promise<MetisDb> =>
  MetisDb.open(disk, 'simulated', { ...options, patchShare: disk.chance() }, () => {})

/** Runs `body` for many seeds; a failure names its seed. */
async function forSeeds(body: (random: () => number, seed: number) => Promise<void>): Promise<void> {
  for (let run = 0; run < runs; run++) {
    const seed = firstSeed + run
    try {
      await body(generator(seed), seed)
    } catch (error) {
      throw new Error(`METISDB_SEED=${seed} METISDB_FAULTS=1: ${(error as Error).message}`, { cause: error })
    }
  }
}

async function blocks(db: MetisDb, writer: Writer, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (writer.chance() < 0.7) await writer.block(db)
    else await writer.burst(db, 1 + Math.floor(writer.chance() * 5))
    if (writer.chance() < 0.1) void db.checkpoint().catch(() => {})
  }
}

const timeout = 60_000 + runs * 5000

describe('MetisDB on a disk that fails', () => {
  it('has the last acknowledged state after every loss of power, whatever was not flushed', {
    timeout,
  }, async () => {
    await forSeeds(async (random) => {
      const disk = new SimulatedDisk(random)
      const writer = new Writer(random)
      for (let life = 0; life < 4; life++) {
        let left = Math.floor(random() * 120)
        disk.beforeWrite = () => {
          if (left-- <= 0) disk.die()
        }
        let db: MetisDb | undefined
        try {
          db = await open(disk)
          writer.check(db)
          await blocks(db, writer, 30)
        } catch (error) {
          if (
            !(error as Error).message.includes('EIO') &&
            !(error instanceof StateError && error.code === 'io')
          )
            throw error
        }
        disk.die()
        await db?.close().catch(() => {})
        disk.losePower()
        const again = await open(disk)
        writer.check(again)
        if (random() < 0.5) await again.close()
        // A process that is gone gives its memory back.
        else await again.engine.arena.close()
      }
    })
  })

  it('answers a changed bit or a cut file with a clear error, or does not mind, but never with another state', {
    timeout,
  }, async () => {
    let refused = 0
    await forSeeds(async (random) => {
      const disk = new SimulatedDisk(random)
      const writer = new Writer(random)
      const db = await open(disk)
      await blocks(db, writer, 5 + Math.floor(random() * 30))
      await db.close()
      const what = random() < 0.8 ? disk.flipBit() : disk.truncateSome()
      try {
        const again = await open(disk)
        writer.check(again)
        await writer.block(again)
        writer.check(again)
        await again.close()
      } catch (error) {
        if (!(error instanceof StateError))
          throw new Error(`${what}: ${(error as Error).message}`, { cause: error })
        expect(['damaged', 'wrongVersion', 'wrongChain']).toContain(error.code)
        refused++
      }
    })
    expect(refused).toBeGreaterThan(0)
  })

  it('keeps what was acknowledged when the disk is full or fails, and goes on when it can', {
    timeout,
  }, async () => {
    await forSeeds(async (random) => {
      const disk = new SimulatedDisk(random)
      const writer = new Writer(random)
      let db = await open(disk)
      const blockOrReopen = (): Promise<void> =>
        writer.block(db).catch(async (error: StateError) => {
          expect(error.code).toBe('io')
          await db.close()
          db = await open(disk)
          writer.check(db)
        })
      for (let fault = 0; fault < 6; fault++) {
        for (let i = 0; i < Math.floor(random() * 8); i++) await blockOrReopen()
        const code = random() < 0.5 ? 'ENOSPC' : 'EIO'
        let left = Math.floor(random() * 6)
        let last = left + 1 + Math.floor(random() * 3)
        disk.beforeWrite = () => {
          if (left-- <= 0 && last-- > 0) throw diskError(code)
        }
        for (let i = 0; i < 6; i++) {
          await writer.block(db).catch((error: StateError) => expect(['noSpace', 'io']).toContain(error.code))
          expectContent(db, writer.root, writer.content)
        }
        disk.beforeWrite = () => {}
        if (random() < 0.5) {
          await db.close()
          db = await open(disk)
          writer.check(db)
        }
        await blockOrReopen()
      }
      await db.close()
      expect(bytesToHex(writer.root)).not.toBe(bytesToHex(emptyTrieRoot))
    })
  })
})
