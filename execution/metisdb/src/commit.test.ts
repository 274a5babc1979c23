import { bytesToHex, emptyCodeHash, emptyTrieRoot } from '@metis-stack/kernel'
import { describe, expect, it } from 'vitest'
import { StateNotFoundError } from './errors.js'
import { TrieState } from './state.js'
import { type Batch, MemoryStore } from './store.js'

/** Fails the writes that it is told to. */
class FailingStore extends MemoryStore {
  failures = 0
  batches: Batch[] = []

  override async write(batch: Batch): Promise<void> {
    if (this.failures-- > 0) throw new Error('no space')
    this.batches.push(batch)
    await super.write(batch)
  }
}

const change = (n: number) => ({
  address: new Uint8Array(20).fill(n),
  account: { nonce: BigInt(n), balance: 0n, codeHash: emptyCodeHash },
  storageCleared: false,
  storage: [],
})

describe('commit', () => {
  it('that fails keeps nothing, and can be done again', async () => {
    const store = new FailingStore()
    await using state = new TrieState(store)
    const overlay = state.at(emptyTrieRoot).overlay()
    overlay.apply([change(1)])
    store.failures = 1
    await expect(overlay.commit()).rejects.toThrow('no space')
    expect(() => state.at(overlay.root())).toThrow(StateNotFoundError)
    expect(overlay.view().account(change(1).address)?.nonce).toBe(1n)
    const root = await overlay.commit()
    expect(state.at(root).account(change(1).address)?.nonce).toBe(1n)
  })

  it('makes the layers below durable too, which later commits then leave alone', async () => {
    const store = new FailingStore()
    await using state = new TrieState(store, { nodeCacheBytes: 0 })
    let view = state.at(emptyTrieRoot)
    const commits: Promise<Uint8Array>[] = []
    for (let block = 0; block < 20; block++) {
      const overlay = view.overlay()
      overlay.apply(Array.from({ length: 10 }, (_, n) => change((block * 7 + n * 3) % 64)))
      view = overlay.view()
      if (block % 4 === 3) commits.push(overlay.commit())
    }
    for (const root of await Promise.all(commits)) {
      expect(state.at(root).account(change(0).address)?.nonce).toBe(0n)
    }
    const later = view.overlay()
    later.apply([change(99)])
    await later.commit()
    const last = store.batches.at(-1)!
    expect(bytesToHex(last.root)).toBe(bytesToHex(later.root()))
    expect(last.nodes.length).toBeLessThan(5)
  })
})
