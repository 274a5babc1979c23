import { createMPT } from '@ethereumjs/mpt'
import {
  bigIntToBytes,
  bytesToHex,
  emptyCodeHash,
  emptyTrieRoot,
  keccak256,
  rlp,
  verifyTrieProof,
} from '@metis-stack/kernel'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StateNotFoundError } from './errors.js'
import type { Account, AccountChange, State } from './interface.js'

const address = (n: number): Uint8Array => bigIntToBytes(BigInt(n + 1), 20)
const word = (n: number | bigint): Uint8Array => bigIntToBytes(BigInt(n), 32)
const account = (nonce: number, balance = 1n, codeHash = emptyCodeHash): Account => ({
  nonce: BigInt(nonce),
  balance,
  codeHash,
})
const change = (n: number, fields: Partial<AccountChange> = {}): AccountChange => ({
  address: address(n),
  account: account(1),
  storageCleared: false,
  storage: [],
  ...fields,
})

/** Accounts and storage as plain maps, with the state root computed by @ethereumjs/mpt. */
class Model {
  readonly accounts = new Map<string, { account: Account; storage: Map<string, Uint8Array> }>()

  apply(changes: AccountChange[]): void {
    for (const { address: at, account: next, storageCleared, storage } of changes) {
      const key = bytesToHex(at)
      if (!next) {
        this.accounts.delete(key)
        continue
      }
      const slots = new Map(storageCleared ? [] : this.accounts.get(key)?.storage)
      for (const [slot, value] of storage) {
        if (value.some((byte) => byte !== 0)) slots.set(bytesToHex(slot), value)
        else slots.delete(bytesToHex(slot))
      }
      this.accounts.set(key, { account: next, storage: slots })
    }
  }

  async root(): Promise<string> {
    const trie = await createMPT({ useKeyHashing: true })
    for (const [key, { account: value, storage }] of this.accounts) {
      const slots = await createMPT({ useKeyHashing: true })
      for (const [slot, bytes] of storage) {
        await slots.put(hex(slot), rlp.encode(bytes.subarray(bytes.findIndex((byte) => byte !== 0))))
      }
      const fields = [bigIntToBytes(value.nonce), bigIntToBytes(value.balance), slots.root(), value.codeHash]
      await trie.put(hex(key), rlp.encode(fields))
    }
    return bytesToHex(trie.root())
  }
}

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.slice(2), 'hex'))

const changeArbitrary = fc.record({
  address: fc.nat(11).map(address),
  account: fc.option(
    fc.record({
      nonce: fc.bigInt(0n, 300n),
      balance: fc.bigInt(0n, 1n << 90n),
      codeHash: fc.constant(emptyCodeHash),
    }),
    { freq: 5 },
  ),
  storageCleared: fc.boolean(),
  storage: fc.array(
    fc.tuple(fc.nat(9).map(word), fc.oneof(fc.constant(word(0)), fc.bigInt(1n, 1n << 255n).map(word))),
    { maxLength: 6 },
  ),
})

/** What every implementation of `State` has to pass. `open` gives an empty one. */
export function stateCases(name: string, open: () => Promise<State>): void {
  describe(`${name} state`, () => {
    let state: State
    beforeEach(async () => {
      state = await open()
    })
    afterEach(async () => {
      await state.close()
    })

    const commit = (root: Uint8Array, changes: AccountChange[]): Promise<Uint8Array> => {
      const overlay = state.at(root).overlay()
      overlay.apply(changes)
      return overlay.commit()
    }

    it('begins with the empty state', () => {
      const view = state.at(emptyTrieRoot)
      expect(view.account(address(1))).toBeUndefined()
      expect(view.storage(address(1), word(1))).toBeUndefined()
      expect(view.hasStorage(address(1))).toBe(false)
      expect(view.overlay().root()).toEqual(emptyTrieRoot)
    })

    it('refuses a root that it does not keep', () => {
      const unknown = keccak256(word(7))
      expect(state.has(unknown)).toBe(false)
      expect(() => state.at(unknown)).toThrow(StateNotFoundError)
    })

    it('gives back accounts, storage and code, and what is not there', async () => {
      const code = Uint8Array.of(0x60, 0, 0xf3)
      const codeHash = keccak256(code)
      const root = await commit(emptyTrieRoot, [
        change(1, { account: account(5, 10n ** 30n, codeHash), code, storage: [[word(1), word(0x1234)]] }),
        change(2),
      ])
      const view = state.at(root)
      for (let pass = 0; pass < 2; pass++) {
        expect(view.account(address(1))).toEqual(account(5, 10n ** 30n, codeHash))
        expect(view.storage(address(1), word(1))).toEqual(word(0x1234))
        expect(view.storage(address(1), word(2))).toBeUndefined()
        expect(view.account(address(3))).toBeUndefined()
      }
      expect(view.hasStorage(address(1))).toBe(true)
      expect(view.hasStorage(address(2))).toBe(false)
      expect(view.code(codeHash)).toEqual(code)
      expect(view.code(emptyCodeHash)).toEqual(new Uint8Array())
      expect(() => view.code(word(1))).toThrow(/not kept/)
    })

    it('does not change a view, or show an overlay to others, before or after commit', async () => {
      const first = await commit(emptyTrieRoot, [change(1, { storage: [[word(1), word(1)]] })])
      const before = state.at(first)
      const overlay = before.overlay()
      overlay.apply([change(1, { account: account(2), storage: [[word(1), word(2)]] }), change(2)])
      const middle = overlay.view()
      overlay.apply([change(2, { account: null }), change(1, { account: null })])
      const check = (): void => {
        expect(before.account(address(1))?.nonce).toBe(1n)
        expect(before.storage(address(1), word(1))).toEqual(word(1))
        expect(before.account(address(2))).toBeUndefined()
        expect(middle.account(address(1))?.nonce).toBe(2n)
        expect(middle.storage(address(1), word(1))).toEqual(word(2))
        expect(middle.account(address(2))?.nonce).toBe(1n)
      }
      check()
      const end = overlay.root()
      expect(end).toEqual(emptyTrieRoot)
      expect(state.has(middle.root)).toBe(false)
      await overlay.commit()
      check()
      expect(state.at(first).storage(address(1), word(1))).toEqual(word(1))
    })

    it('clears storage, then applies the new', async () => {
      const first = await commit(emptyTrieRoot, [
        change(1, { storage: [1, 2, 3].map((n) => [word(n), word(n)]) }),
      ])
      const second = await commit(first, [change(1, { storageCleared: true, storage: [[word(2), word(9)]] })])
      const view = state.at(second)
      expect([1, 2, 3].map((n) => view.storage(address(1), word(n)))).toEqual([undefined, word(9), undefined])
      const third = await commit(second, [change(1, { storageCleared: true })])
      expect(state.at(third).hasStorage(address(1))).toBe(false)
    })

    it('forgets the storage of an account that was deleted and came back in one overlay', async () => {
      const first = await commit(emptyTrieRoot, [change(1, { storage: [[word(1), word(1)]] })])
      const overlay = state.at(first).overlay()
      overlay.apply([change(1, { account: null })])
      overlay.apply([change(1, { storage: [[word(2), word(2)]] })])
      const view = state.at(await overlay.commit())
      expect(view.storage(address(1), word(1))).toBeUndefined()
      expect(view.storage(address(1), word(2))).toEqual(word(2))
    })

    it('builds an overlay on an overlay that is not durable, and commits both with the later one', async () => {
      const code = Uint8Array.of(1, 2, 3)
      const lower = state.at(emptyTrieRoot).overlay()
      lower.apply([change(1, { account: account(1, 1n, keccak256(code)), code })])
      const upper = lower.view().overlay()
      upper.apply([change(2, { storage: [[word(1), word(1)]] })])
      expect(upper.view().code(keccak256(code))).toEqual(code)
      const root = await upper.commit()
      const view = state.at(root)
      expect(view.account(address(1))?.codeHash).toEqual(keccak256(code))
      expect(view.code(keccak256(code))).toEqual(code)
      expect(await lower.commit()).toEqual(lower.root())
      expect(state.at(lower.root()).account(address(2))).toBeUndefined()
    })

    it('commits again after more changes', async () => {
      const overlay = state.at(emptyTrieRoot).overlay()
      overlay.apply([change(1, { storage: [[word(1), word(1)]] })])
      const first = overlay.commit()
      overlay.apply([change(1, { storage: [[word(1), word(2)]] })])
      const second = overlay.commit()
      expect(state.at(await first).storage(address(1), word(1))).toEqual(word(1))
      expect(state.at(await second).storage(address(1), word(1))).toEqual(word(2))
    })

    it('proves presence and absence against the root', async () => {
      const changes = Array.from({ length: 50 }, (_, n) =>
        change(n, { account: account(n), storage: n % 3 ? [] : [[word(n), word(n + 1)]] }),
      )
      const root = await commit(emptyTrieRoot, changes)
      const view = state.at(root)
      for (const n of [0, 1, 3, 49, 77]) {
        const slots = [word(n), word(1000)]
        const proof = view.proof(address(n), slots)
        const leaf = verifyTrieProof(root, keccak256(address(n)), proof.accountProof)
        expect(leaf === undefined).toBe(n > 49)
        expect(proof.account).toEqual(n > 49 ? undefined : account(n))
        for (const { slot, value, proof: nodes } of proof.storageProof) {
          const shown =
            bytesToHex(proof.storageRoot) === bytesToHex(emptyTrieRoot)
              ? undefined
              : verifyTrieProof(proof.storageRoot, keccak256(slot), nodes)
          expect(value).toEqual(shown ? word(BigInt(bytesToHex(shown))) : word(0))
        }
      }
    })

    it('gives nodes and codes by hash, durable or not', async () => {
      const code = Uint8Array.of(7, 7, 7)
      const overlay = state.at(emptyTrieRoot).overlay()
      overlay.apply([change(1, { account: account(1, 1n, keccak256(code)), code })])
      const view = overlay.view()
      for (let pass = 0; pass < 2; pass++) {
        expect(keccak256(view.preimage(view.root)!)).toEqual(view.root)
        expect(view.preimage(keccak256(code))).toEqual(code)
        expect(view.preimage(word(1))).toBeUndefined()
        await overlay.commit()
      }
    })

    it('has the root and content of @ethereumjs/mpt after any blocks, and keeps each of them', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.array(changeArbitrary, { maxLength: 5 }), { maxLength: 3 }), { maxLength: 5 }),
          async (blocks) => {
            const model = new Model()
            const kept: { root: Uint8Array; accounts: Model['accounts'] }[] = []
            let root = emptyTrieRoot
            for (const applications of blocks) {
              const overlay = state.at(root).overlay()
              for (const changes of applications) {
                overlay.apply(changes)
                model.apply(changes)
                if (changes.length % 2 === 0) expect(bytesToHex(overlay.root())).toBe(await model.root())
              }
              root = await overlay.commit()
              expect(bytesToHex(root)).toBe(await model.root())
              kept.push({ root, accounts: new Map(model.accounts) })
            }
            for (const { root: at, accounts } of kept) {
              const view = state.at(at)
              for (let n = 0; n < 12; n++) {
                const expected = accounts.get(bytesToHex(address(n)))
                expect(view.account(address(n))).toEqual(expected?.account)
                for (let slot = 0; slot < 10; slot++) {
                  const value = expected?.storage.get(bytesToHex(word(slot)))
                  expect(view.storage(address(n), word(slot))).toEqual(value)
                }
              }
            }
          },
        ),
        { numRuns: 40 },
      )
    })

    it('finishes a commit when it is closed, and answers clearly afterwards', async () => {
      const root = await commit(emptyTrieRoot, [change(1, { storage: [[word(1), word(1)]] })])
      const view = state.at(root)
      const overlay = view.overlay()
      overlay.apply([change(2)])
      const committing = overlay.commit()
      await state.close()
      await state.close()
      await committing
      expect(() => state.at(root)).toThrow(/closed/)
      expect(() => view.overlay().root()).toThrow(/closed/)
      expect(() => view.account(address(9))).toThrow(/closed/)
      expect(() => view.storage(address(9), word(1))).toThrow(/closed/)
      expect(() => view.proof(address(1), [])).toThrow(/closed/)
      expect(() => view.code(word(1))).toThrow(/closed/)
      expect(() => view.preimage(root)).toThrow(/closed/)
    })
  })
}
