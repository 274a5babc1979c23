import { emptyTrieRoot, keccak256 } from '@metis-stack/kernel'
import { describe, expect, it } from 'vitest'
import { StateError } from './errors.js'
import type { AccountChange } from './interface.js'
import { TrieState } from './state.js'
import { MemoryStore } from './store.js'

/** Gives out one node or code with a bit changed, or not at all. */
class DamagedStore extends MemoryStore {
  damage: ((bytes: Uint8Array) => Uint8Array | undefined) | undefined
  damaged = 0
  #reads = 0

  override node(hash: Uint8Array): Uint8Array | undefined {
    return this.#give(super.node(hash))
  }

  override code(hash: Uint8Array): Uint8Array | undefined {
    return this.#give(super.code(hash))
  }

  #give(bytes: Uint8Array | undefined): Uint8Array | undefined {
    return bytes && this.damage && this.#reads++ === this.damaged ? this.damage(bytes) : bytes
  }

  restart(): void {
    this.#reads = 0
  }
}

const code = new Uint8Array(100).fill(0x5b)
const address = (n: number) => keccak256(Uint8Array.of(n)).subarray(12)
const changes: AccountChange[] = Array.from({ length: 40 }, (_, n) => ({
  address: address(n),
  account: { nonce: 1n, balance: BigInt(n), codeHash: keccak256(code) },
  code,
  storageCleared: false,
  storage: Array.from({ length: 10 }, (_, slot) => [
    keccak256(Uint8Array.of(slot)),
    keccak256(Uint8Array.of(n)),
  ]),
}))

describe('a state with damaged bytes', () => {
  it.each([
    [
      'a changed bit',
      (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 4 : byte)),
    ],
    ['a lost end', (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1)],
    ['nothing there', () => undefined],
  ])('answers every use of them with an error, never with another value or root: %s', async (_, damage) => {
    const store = new DamagedStore()
    // Without caches everything is read anew.
    await using state = new TrieState(store, { nodeCacheBytes: 0, headCacheEntries: 0 })
    const first = state.at(emptyTrieRoot).overlay()
    first.apply(changes)
    const root = await first.commit()
    const update = (): Uint8Array => {
      const overlay = state.at(root).overlay()
      overlay.apply([
        { ...changes[3]!, account: null },
        { ...changes[4]!, storage: changes[5]!.storage.slice(0, 3) },
      ])
      return overlay.root()
    }
    const expected = update()

    let errors = 0
    for (store.damaged = 0; ; store.damaged++) {
      store.damage = damage
      store.restart()
      let failed = false
      try {
        const view = state.at(root)
        expect(view.account(address(4))).toEqual(changes[4]!.account)
        expect(view.storage(address(4), changes[4]!.storage[2]![0])).toEqual(changes[4]!.storage[2]![1])
        expect(update()).toEqual(expected)
      } catch (error) {
        expect(error).toBeInstanceOf(StateError)
        expect((error as StateError).code).toBe('damaged')
        failed = true
        errors++
      }
      if (!failed) break
    }
    expect(errors).toBeGreaterThan(5)

    const other = new DamagedStore()
    await using fresh = new TrieState(other)
    const overlay = fresh.at(emptyTrieRoot).overlay()
    overlay.apply(changes)
    const view = fresh.at(await overlay.commit())
    other.damage = damage
    expect(() => view.code(keccak256(code))).toThrow(StateError)
  })
})
