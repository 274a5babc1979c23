/** Blocks of segments in memory: of about `maximumBlocks`, those that were read last. */
export class BlockCache {
  readonly #half: number
  /** By segment and index; what was read since the older half was dropped is in the younger. */
  #young = new Map<object, Map<number, Uint8Array>>()
  #old = new Map<object, Map<number, Uint8Array>>()
  #youngBlocks = 0

  constructor(maximumBlocks: number) {
    this.#half = Math.max(1, maximumBlocks >>> 1)
  }

  get(segment: object, index: number): Uint8Array | undefined {
    const young = this.#young.get(segment)?.get(index)
    if (young) return young
    const old = this.#old.get(segment)?.get(index)
    if (old) this.put(segment, index, old)
    return old
  }

  put(segment: object, index: number, block: Uint8Array): void {
    if (this.#youngBlocks >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngBlocks = 0
    }
    let blocks = this.#young.get(segment)
    if (!blocks) {
      blocks = new Map()
      this.#young.set(segment, blocks)
    }
    blocks.set(index, block)
    this.#youngBlocks++
  }

  forget(segment: object): void {
    this.#youngBlocks -= this.#young.get(segment)?.size ?? 0
    this.#young.delete(segment)
    this.#old.delete(segment)
  }
}
