import { Chunks } from './chunks.js'
import { keyOf } from './key.js'
import type { Store } from './store.js'

/**
 * What an overlay adds to the store, until it is durable. Views of the overlay, and overlays on top of them, read it through
 * here; when it is durable it empties itself and they read the store.
 */
export class Layer {
  #parent: Layer | undefined
  readonly #nodes = new Map<string, Uint8Array>()
  readonly #codes = new Map<string, Uint8Array>()
  readonly #chunks = new Chunks()
  #written: Promise<void> | undefined

  constructor(parent: Layer | undefined) {
    this.#parent = parent
  }

  /** Copies the node. */
  addNode(hash: Uint8Array, node: Uint8Array): void {
    this.#nodes.set(keyOf(hash), this.#chunks.keep(node))
  }

  addCode(hash: Uint8Array, code: Uint8Array): void {
    this.#codes.set(keyOf(hash), code)
  }

  node(hash: Uint8Array): Uint8Array | undefined {
    const key = keyOf(hash)
    for (let layer: Layer | undefined = this; layer; layer = layer.#parent) {
      const found = layer.#nodes.get(key)
      if (found) return found
    }
    return undefined
  }

  code(hash: Uint8Array): Uint8Array | undefined {
    const key = keyOf(hash)
    for (let layer: Layer | undefined = this; layer; layer = layer.#parent) {
      const found = layer.#codes.get(key)
      if (found) return found
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
    const nodes = pending.flatMap((layer) => [...layer.#nodes])
    const codes = pending.flatMap((layer) => [...layer.#codes])
    await store.write({ nodes, codes, root })
    // A layer below may have grown in the meantime: only what was written leaves.
    for (const layer of pending) {
      for (const [key] of nodes) layer.#nodes.delete(key)
      for (const [key] of codes) layer.#codes.delete(key)
    }
    for (const layer of pending.reverse()) layer.#dropEmptyParent()
  }

  #dropEmptyParent(): void {
    const parent = this.#parent
    if (parent && parent.#nodes.size === 0 && parent.#codes.size === 0) this.#parent = parent.#parent
  }
}
