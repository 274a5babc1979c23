import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createMerkleProof, createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { bigIntToBytes, bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256, rlp } from '@metis-stack/kernel'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { AccountChange } from '../interface.js'
import { openMetisDb } from './open.js'

/** Changes of accounts and slots in the long test; METISDB_OPS=1000000 for the run of an hour. */
const operations = Number(process.env.METISDB_OPS ?? 100_000)

const folder = mkdtempSync(join(tmpdir(), 'metisdb-differential-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const word = (n: number): Uint8Array => bigIntToBytes(BigInt(n), 32)

/** Accounts and their storage in tries of @ethereumjs/mpt, changed one by one. */
class Reference {
  readonly accounts: MerklePatriciaTrie
  readonly #storage = new Map<string, MerklePatriciaTrie>()

  private constructor(accounts: MerklePatriciaTrie) {
    this.accounts = accounts
  }

  static async create(): Promise<Reference> {
    return new Reference(await createMPT({ useKeyHashing: true }))
  }

  async apply({ address, account, storageCleared, storage }: AccountChange): Promise<void> {
    const key = bytesToHex(address)
    if (!account) {
      this.#storage.delete(key)
      await this.accounts.del(address)
      return
    }
    if (storageCleared) this.#storage.delete(key)
    let slots = this.#storage.get(key)
    if (!slots && storage.length > 0) {
      slots = await createMPT({ useKeyHashing: true })
      this.#storage.set(key, slots)
    }
    for (const [slot, value] of storage) {
      const first = value.findIndex((byte) => byte !== 0)
      if (first < 0) await slots!.del(slot)
      else await slots!.put(slot, rlp.encode(value.subarray(first)))
    }
    const fields = [bigIntToBytes(account.nonce), bigIntToBytes(account.balance)]
    await this.accounts.put(
      address,
      rlp.encode([...fields, slots?.root() ?? emptyTrieRoot, account.codeHash]),
    )
  }

  storageProof(address: Uint8Array, slot: Uint8Array): Promise<Uint8Array[]> {
    const slots = this.#storage.get(bytesToHex(address))
    return slots ? createMerkleProof(slots, slot) : Promise.resolve([])
  }
}

/** A random change among `accounts` addresses. Codes are hashes of nothing in particular: the trie does not ask. */
function changeOf(random: fc.Random | { next(limit: number): number }, accounts: number): AccountChange {
  const next = (limit: number): number => (random as { next(limit: number): number }).next(limit)
  const address = keccak256(word(next(accounts))).slice(0, 20)
  const kind = next(20)
  if (kind < 3) return { address, account: null, storageCleared: false, storage: [] }
  const slots = kind < 12 ? [] : Array.from({ length: 1 + next(5) }, () => next(kind < 14 ? 400 : 12))
  return {
    address,
    account: {
      nonce: kind === 19 ? (1n << 64n) - 1n : BigInt(next(3) * next(300)),
      balance: next(4) === 0 ? 0n : BigInt(next(2 ** 31)) ** BigInt(1 + next(8)),
      codeHash: next(6) === 0 ? keccak256(word(next(9))) : emptyCodeHash,
    },
    storageCleared: kind === 18,
    storage: slots.map((slot) => [
      word(slot),
      next(3) === 0 ? word(0) : bigIntToBytes(BigInt(next(2 ** 31)) ** 2n, 32),
    ]),
  }
}

function seeded(seed: number): { next(limit: number): number } {
  let state = seed
  return {
    next: (limit) => {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) % limit
    },
  }
}

describe('MetisDB beside @ethereumjs/mpt', () => {
  const seed = Number(process.env.METISDB_SEED ?? Date.now() % 2 ** 31)

  it(`has equal roots and proofs over ${operations} operations, seed ${seed}`, {
    timeout: 60_000 + operations * 4,
  }, async () => {
    const random = seeded(seed)
    await using db = await openMetisDb({ path: join(folder, 'long'), hotBits: 10, keepBlocks: 3 })
    const reference = await Reference.create()
    let root = emptyTrieRoot
    for (let done = 0; done < operations; ) {
      const overlay = db.at(root).overlay()
      const size = 1 + random.next(1500)
      for (let count = 0; count < size; ) {
        const change = changeOf(random, 1500)
        overlay.apply([change])
        await reference.apply(change)
        count += 1 + change.storage.length
        done += 1 + change.storage.length
      }
      root = await overlay.commit()
      expect(bytesToHex(root), `seed ${seed}`).toBe(bytesToHex(reference.accounts.root()))
      const view = db.at(root)
      for (let i = 0; i < 5; i++) {
        const { address } = changeOf(random, 1700)
        const slots = [word(random.next(14)), word(random.next(400))]
        const proof = view.proof(address, slots)
        expect(proof.accountProof, `seed ${seed}`).toEqual(
          await createMerkleProof(reference.accounts, address),
        )
        for (const { slot, proof: nodes } of proof.storageProof) {
          const expected = proof.account ? await reference.storageProof(address, slot) : []
          expect(nodes, `seed ${seed}`).toEqual(expected)
        }
      }
    }
  })

  it('gives every node back when nothing is kept', { timeout: 60_000 }, async () => {
    setFlagsFromString('--expose_gc')
    const collect = runInNewContext('gc') as () => void
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (fcSeed) => {
        const random = seeded(fcSeed)
        await using db = await openMetisDb({ path: join(folder, `leak${runs++}`), hotBits: 6, keepBlocks: 1 })
        const empty = db.stats()
        await (async () => {
          let root = emptyTrieRoot
          const addresses = new Map<string, Uint8Array>()
          for (let block = 0; block < 8; block++) {
            const overlay = db.at(root).overlay()
            const fork = db.at(root).overlay()
            for (let i = 0; i < 60; i++) {
              const change = changeOf(random, 80)
              addresses.set(bytesToHex(change.address), change.address)
              overlay.apply([change])
              fork.apply([changeOf(random, 80)])
              if (i % 25 === 24) fork.root()
            }
            root = await overlay.commit()
            if (block === 4) await db.checkpoint()
          }
          const last = db.at(root).overlay()
          last.apply(
            [...addresses.values()].map((address) => ({
              address,
              account: null,
              storageCleared: false,
              storage: [],
            })),
          )
          expect(bytesToHex(await last.commit())).toBe(bytesToHex(emptyTrieRoot))
        })()
        for (let i = 0; i < 10; i++) {
          collect()
          await setImmediate()
        }
        db.engine.versions.garbage.free(Number.POSITIVE_INFINITY)
        const { arenaBytes, unusedBytes } = db.stats()
        expect(arenaBytes - unusedBytes).toBe(empty.arenaBytes - empty.unusedBytes)
      }),
      { numRuns: 10 },
    )
  })
})
