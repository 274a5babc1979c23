import { keyOf } from './key.js'
import type { Hashed, Store } from './store.js'

/**
 * What an overlay adds to the store, until it is durable. Views of the overlay, and overlays on top of them, read it through
 * here; when it is durable it empties itself and they read the store.
 */
export class Layer {
  #parent: Layer | undefined
  readonly #nodes = new Map<string, Hashed>()
  readonly #codes = new Map<string, Hashed>()
  #written: Promise<void> | undefined

  constructor(parent: Layer | undefined) {
    this.#parent = parent
  }

  addNode(hash: Uint8Array, node: Uint8Array): void {
    this.#nodes.set(keyOf(hash), [hash, node])
  }

  addCode(hash: Uint8Array, code: Uint8Array): void {
    this.#codes.set(keyOf(hash), [hash, code])
  }

  node(hash: Uint8Array): Uint8Array | undefined {
    const key = keyOf(hash)
    for (let layer: Layer | undefined = this; layer; layer = layer.#parent) {
      const found = layer.#nodes.get(key)
      if (found) return found[1]
    }
    return undefined
  }

  code(hash: Uint8Array): Uint8Array | undefined {
    const key = keyOf(hash)
    for (let layer: Layer | undefined = this; layer; layer = layer.#parent) {
      const found = layer.#codes.get(key)
      if (found) return found[1]
    }
    return undefined
  }

  /** Writes the layers below, then this one. After a failure it can be called again. */
  write(store: Store, root: Uint8Array): Promise<void> {
    this.#written ??= this.#writeAll(store, root).catch((error: unknown) => {
      this.#written = undefined
      throw error
    })
    return this.#written
  }

  async #writeAll(store: Store, root: Uint8Array): Promise<void> {
    const pending: Layer[] = []
    for (let layer: Layer | undefined = this; layer; layer = layer.#parent) pending.push(layer)
    // Nodes are known by their hash, so all layers can go in one batch: in whichever order, nothing is overwritten.
    const nodes = pending.flatMap((layer) => [...layer.#nodes.values()])
    const codes = pending.flatMap((layer) => [...layer.#codes.values()])
    await store.write({ nodes, codes, root })
    // A layer below may have grown in the meantime: only what was written leaves.
    for (const layer of pending) {
      for (const [hash] of nodes) layer.#nodes.delete(keyOf(hash))
      for (const [hash] of codes) layer.#codes.delete(keyOf(hash))
    }
    for (const layer of pending.reverse()) layer.#dropEmptyParent()
  }

  #dropEmptyParent(): void {
    const parent = this.#parent
    if (parent && parent.#nodes.size === 0 && parent.#codes.size === 0) this.#parent = parent.#parent
  }
}
