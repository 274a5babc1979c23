import { emptyTrieRoot, keccak256, type TrieArena } from '@metis-stack/kernel'
import { encodeAccount, encodeSlot, type StoredAccount } from './account.js'
import type { StateContext } from './context.js'
import type { FlatChange, FlatChanges } from './flat.js'
import type { Account, AccountChange, Overlay, StateChanges, View } from './interface.js'
import { keyOf } from './key.js'
import { Layer } from './layer.js'

/** A view that tells storage roots too. */
type Base = View & { stored(address: Uint8Array): StoredAccount | undefined }

/** The view of a root whose newest nodes are in a layer. */
type ViewOf = (root: Uint8Array, layer: Layer) => Base

/** Changes of one account that are not in the tries yet. */
type Pending = {
  address: Uint8Array
  account: Account | null
  cleared: boolean
  slots: Map<string, readonly [slot: Uint8Array, value: Uint8Array]>
}

/**
 * Collects changes and puts them into the tries when the root is asked for, all at once: references into the trie arena
 * then never have to survive between calls.
 */
export class TrieOverlay implements Overlay {
  readonly #context: StateContext
  readonly #viewOf: ViewOf
  readonly #pending = new Map<string, Pending>()
  /** All changes that are in the tries since the last commit, for the flat cache. */
  #applied: FlatChanges = new Map()
  /** The view with all changes up to the last `root()`. */
  #current: Base
  #committedRoot: Uint8Array
  #layer: Layer
  /** Whether `#layer` was handed to a commit: later nodes need one of their own. */
  #sealed = false

  constructor(context: StateContext, base: Base, layer: Layer | undefined, viewOf: ViewOf) {
    this.#context = context
    this.#viewOf = viewOf
    this.#current = base
    this.#committedRoot = base.root
    this.#layer = new Layer(layer)
  }

  apply(changes: StateChanges): void {
    this.#openLayer()
    for (const change of changes) {
      this.#merge(change)
      if (change.code && change.code.length > 0) this.#layer.addCode(keccak256(change.code), change.code)
    }
  }

  root(): Uint8Array {
    this.#context.assertOpen()
    if (this.#pending.size > 0) this.#flush()
    return this.#current.root
  }

  view(): View {
    this.root()
    return this.#current
  }

  commit(): Promise<Uint8Array> {
    const root = this.root()
    this.#sealed = true
    this.#context.flat.advance(this.#committedRoot, root, this.#applied)
    this.#committedRoot = root
    this.#applied = new Map()
    return this.#layer.write(this.#context.store, root).then(() => root)
  }

  #openLayer(): void {
    if (!this.#sealed) return
    this.#layer = new Layer(this.#layer)
    this.#sealed = false
  }

  #merge({ address, account, storageCleared, storage }: AccountChange): void {
    const key = keyOf(address)
    let pending = this.#pending.get(key)
    if (!pending) {
      pending = { address: address.slice(), account, cleared: false, slots: new Map() }
      this.#pending.set(key, pending)
    }
    pending.account = account
    if (storageCleared || account === null) {
      pending.cleared = true
      pending.slots.clear()
    }
    if (account === null) return
    for (const [slot, value] of storage) pending.slots.set(keyOf(slot), [slot.slice(), value.slice()])
  }

  #flush(): void {
    this.#openLayer()
    const { tries } = this.#context
    const before = this.#current
    const layer = this.#layer
    const applied: FlatChanges = new Map()
    const root = tries.use(
      layer,
      (arena) => {
        let trie = tries.open(before.root)
        for (const [key, pending] of putsFirst(this.#pending, ({ account }) => account === null)) {
          const storageRoot = this.#storageRoot(arena, before, pending)
          const leaf = pending.account ? encodeAccount(pending.account, storageRoot) : new Uint8Array()
          trie = arena.put(trie, pending.address, leaf, true)
          const slots = new Map([...pending.slots].map(([slotKey, [, value]]) => [slotKey, value]))
          const account = pending.account ? { account: pending.account, storageRoot } : undefined
          applied.set(key, { account, cleared: pending.cleared, slots })
        }
        return tries.hash(trie)
      },
      layer,
    )
    this.#current = this.#viewOf(root, layer)
    this.#pending.clear()
    for (const [key, change] of applied) this.#mergeApplied(key, change)
  }

  #storageRoot(arena: TrieArena, before: Base, pending: Pending): Uint8Array {
    if (!pending.account) return emptyTrieRoot
    const base = pending.cleared
      ? emptyTrieRoot
      : (before.stored(pending.address)?.storageRoot ?? emptyTrieRoot)
    if (pending.slots.size === 0) return base
    let trie = this.#context.tries.open(base)
    for (const [, [slot, value]] of putsFirst(pending.slots, ([, value]) => isZero(value))) {
      trie = arena.put(trie, slot, encodeSlot(value), true)
    }
    return this.#context.tries.hash(trie)
  }

  #mergeApplied(key: string, change: FlatChange): void {
    const earlier = this.#applied.get(key)
    if (!earlier || change.cleared) {
      this.#applied.set(key, change)
      return
    }
    earlier.account = change.account
    for (const [slot, value] of change.slots) earlier.slots.set(slot, value)
  }
}

/** Entries that are put, then those that are removed: the nodes that are read then do not depend on the changes' order. */
function putsFirst<T>(entries: Map<string, T>, isRemoval: (entry: T) => boolean): [string, T][] {
  const all = [...entries]
  return [...all.filter(([, entry]) => !isRemoval(entry)), ...all.filter(([, entry]) => isRemoval(entry))]
}

function isZero(value: Uint8Array): boolean {
  return value.every((byte) => byte === 0)
}
