import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMPT, updateMPTFromMerkleProof } from '@ethereumjs/mpt'
import { bigIntToBytes, bytesToHex, emptyCodeHash, emptyTrieRoot, keccak256, rlp } from '@metis-stack/kernel'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openMetisDb } from './engine/open.js'
import type { AccountChange, Touched, View } from './interface.js'
import { witnessByHash } from './witness.js'

const folder = mkdtempSync(join(tmpdir(), 'witness-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const word = (n: number): Uint8Array => bigIntToBytes(BigInt(n), 32)
const addressOf = (n: number): Uint8Array => keccak256(word(n)).slice(0, 20)

const change = fc.record({
  n: fc.nat(25),
  exists: fc.boolean(),
  nonce: fc.nat(300),
  storageCleared: fc.boolean(),
  storage: fc.array(fc.tuple(fc.nat(12), fc.nat(3)), { maxLength: 6 }),
})

const toChanges = (
  list: readonly (typeof change extends fc.Arbitrary<infer T> ? T : never)[],
): AccountChange[] =>
  list.map(({ n, exists, nonce, storageCleared, storage }) => ({
    address: addressOf(n),
    account: exists ? { nonce: BigInt(nonce), balance: 1n, codeHash: emptyCodeHash } : null,
    storageCleared: exists && storageCleared,
    storage: exists ? storage.map(([slot, value]) => [word(slot), word(value)]) : [],
  }))

/** A trie of @ethereumjs/mpt that has these nodes and no others. */
async function trieOf(root: Uint8Array, nodes: Uint8Array[]) {
  const trie = await createMPT({ useKeyHashing: true })
  if (nodes.length > 0) await updateMPTFromMerkleProof(trie, nodes)
  trie.root(root)
  return trie
}

/** Reads what was touched and applies the changes one by one, with nothing but the nodes; returns the root. */
async function execute(root: Uint8Array, nodes: Uint8Array[], { accounts, changes }: Touched) {
  const state = await trieOf(root, nodes)
  const read = async (address: Uint8Array): Promise<Uint8Array[]> => {
    const stored = await state.get(address)
    return stored ? (rlp.decode(stored) as Uint8Array[]) : []
  }
  for (const { address, slots } of accounts) {
    const [, , storageRoot = emptyTrieRoot] = await read(address)
    const storage = await trieOf(storageRoot, nodes)
    for (const slot of slots) await storage.get(slot)
  }
  for (const { address, account, storageCleared, storage } of changes) {
    if (!account) {
      await state.del(address)
      continue
    }
    const [, , before = emptyTrieRoot] = await read(address)
    // What the changes themselves have made is not in the witness, but it is in the trie that made it.
    const slots = storageTries.get(bytesToHex(before)) ?? (await trieOf(before, nodes))
    const trie = storageCleared ? await trieOf(emptyTrieRoot, []) : slots.shallowCopy()
    for (const [slot, value] of storage) {
      const first = value.findIndex((byte) => byte !== 0)
      if (first < 0) await trie.del(slot)
      else await trie.put(slot, rlp.encode(value.subarray(first)))
    }
    storageTries.set(bytesToHex(trie.root()), trie)
    const fields = [
      bigIntToBytes(account.nonce),
      bigIntToBytes(account.balance),
      trie.root(),
      account.codeHash,
    ]
    await state.put(address, rlp.encode(fields))
  }
  return state.root()
}

const storageTries = new Map<string, Awaited<ReturnType<typeof trieOf>>>()

const hashes = (nodes: readonly Uint8Array[]): string[] =>
  [...new Set(nodes.map((node) => bytesToHex(keccak256(node))))].sort()

describe('a witness', () => {
  it('is all that reading, changing and removing needs, and the same by hash and from the engine', async () => {
    const db = await openMetisDb({ path: join(folder, 'nodes'), threads: 0 })
    const accounts = fc.array(fc.tuple(fc.nat(30), fc.array(fc.nat(14), { maxLength: 4 })), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 30 }),
        fc.array(change, { maxLength: 12 }),
        accounts,
        async (first, second, read) => {
          storageTries.clear()
          const base = db.at(emptyTrieRoot).overlay()
          base.apply(toChanges(first))
          const view: View = base.view()
          const touched: Touched = {
            accounts: read.map(([n, slots]) => ({ address: addressOf(n), slots: slots.map(word) })),
            changes: toChanges(second),
            codes: [],
          }
          const { nodes } = view.witness(touched)
          const byHash = witnessByHash(view.root, (hash) => view.preimage(hash), touched)
          expect(hashes(nodes)).toEqual(hashes(byHash))
          const next = view.overlay()
          next.apply(touched.changes)
          expect(bytesToHex(await execute(view.root, nodes, touched))).toBe(bytesToHex(next.root()))
        },
      ),
      { numRuns: 150 },
    )
    await db.close()
  }, 60_000)

  it('has the codes that are asked for', async () => {
    const db = await openMetisDb({ path: join(folder, 'with-codes') })
    const code = Uint8Array.of(1, 2, 3)
    const overlay = db.at(emptyTrieRoot).overlay()
    const account = { nonce: 1n, balance: 0n, codeHash: keccak256(code) }
    overlay.apply([{ address: addressOf(1), account, code, storageCleared: false, storage: [] }])
    const view = overlay.view()
    const witness = view.witness({ accounts: [], changes: [], codes: [keccak256(code)] })
    expect(witness.codes).toEqual([code])
    expect(() => view.witness({ accounts: [], changes: [], codes: [word(1)] })).toThrow(/not kept/)
    await db.close()
  })
})
