import { bytesToHex, emptyCodeHash, emptyTrieRoot, equalBytes } from '@metis-stack/kernel'
import { decodeAccount, decodeSlot, type StoredAccount } from './account.js'
import type { StateContext } from './context.js'
import { StateError } from './errors.js'
import type { Account, AccountProof, Overlay, Touched, View, Witness } from './interface.js'
import { keyOf } from './key.js'
import type { Layer } from './layer.js'
import { TrieOverlay } from './overlay.js'
import { witnessByHash } from './witness.js'

/** The state under one root. Returned accounts and bytes are shared: do not modify them. */
export class TrieView implements View {
  readonly root: Uint8Array
  readonly #context: StateContext
  /** Where nodes are that are not durable yet. */
  readonly #layer: Layer | undefined

  constructor(context: StateContext, root: Uint8Array, layer?: Layer) {
    this.#context = context
    this.root = root
    this.#layer = layer
  }

  account(address: Uint8Array): Account | undefined {
    return this.stored(address)?.account
  }

  storage(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    const { flat } = this.#context
    if (!flat.holds(this.root)) return this.#readSlot(address, slot)
    const addressKey = keyOf(address)
    const slotKey = keyOf(slot)
    const cached = flat.slot(addressKey, slotKey)
    if (cached !== null) return cached
    const value = this.#readSlot(address, slot)
    flat.setSlot(addressKey, slotKey, value)
    return value
  }

  code(codeHash: Uint8Array): Uint8Array {
    this.#context.assertOpen()
    if (equalBytes(codeHash, emptyCodeHash)) return new Uint8Array()
    const code = this.#layer?.code(codeHash) ?? this.#context.codes.get(codeHash)
    if (code) return code
    throw new StateError('missingCode', `Code ${bytesToHex(codeHash)} is not kept.`)
  }

  hasStorage(address: Uint8Array): boolean {
    const stored = this.stored(address)
    return stored !== undefined && !equalBytes(stored.storageRoot, emptyTrieRoot)
  }

  proof(address: Uint8Array, slots: Uint8Array[]): AccountProof {
    this.#context.assertOpen()
    const stored = this.stored(address)
    const storageRoot = stored?.storageRoot ?? emptyTrieRoot
    const { tries } = this.#context
    return tries.use(this.#layer, (arena) => ({
      account: stored?.account,
      storageRoot,
      accountProof: arena.prove(tries.open(this.root), address, true),
      storageProof: slots.map((slot) => {
        const trie = tries.open(storageRoot)
        const leaf = arena.get(trie, slot, true)
        return {
          slot,
          value: leaf ? decodeSlot(leaf) : new Uint8Array(32),
          proof: arena.prove(trie, slot, true),
        }
      }),
    }))
  }

  witness(touched: Touched): Witness {
    return {
      nodes: witnessByHash(this.root, (hash) => this.preimage(hash), touched),
      codes: touched.codes.map((hash) => this.code(hash)),
    }
  }

  preimage(hash: Uint8Array): Uint8Array | undefined {
    this.#context.assertOpen()
    const { store } = this.#context
    const node = this.#layer?.node(hash) ?? store.node(hash)?.slice()
    return node ?? this.#layer?.code(hash) ?? store.code(hash)
  }

  overlay(): Overlay {
    const viewOf = (root: Uint8Array, layer: Layer) => new TrieView(this.#context, root, layer)
    return new TrieOverlay(this.#context, this, this.#layer, viewOf)
  }

  /** The account with its storage root. */
  stored(address: Uint8Array): StoredAccount | undefined {
    const { flat } = this.#context
    if (!flat.holds(this.root)) return this.#readAccount(address)
    const key = keyOf(address)
    const cached = flat.account(key)
    if (cached !== null) return cached
    const stored = this.#readAccount(address)
    flat.setAccount(key, stored)
    return stored
  }

  #readAccount(address: Uint8Array): StoredAccount | undefined {
    this.#context.assertOpen()
    const { tries } = this.#context
    const leaf = tries.use(this.#layer, (arena) => arena.get(tries.open(this.root), address, true))
    return leaf && decodeAccount(leaf)
  }

  #readSlot(address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    this.#context.assertOpen()
    const stored = this.stored(address)
    if (!stored || equalBytes(stored.storageRoot, emptyTrieRoot)) return undefined
    const { tries } = this.#context
    const leaf = tries.use(this.#layer, (arena) => arena.get(tries.open(stored.storageRoot), slot, true))
    return leaf && decodeSlot(leaf)
  }
}
