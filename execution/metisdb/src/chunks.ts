const chunkSize = 256 * 1024

/** Keeps many small byte arrays in few large ones: an array of its own for each is most of the garbage of a commit. */
export class Chunks {
  #chunk = new Uint8Array()
  #used = 0

  /** A copy of the bytes that stays. */
  keep(bytes: Uint8Array): Uint8Array {
    if (this.#used + bytes.length > this.#chunk.length) {
      this.#chunk = new Uint8Array(Math.max(chunkSize, bytes.length))
      this.#used = 0
    }
    const start = this.#used
    this.#chunk.set(bytes, start)
    this.#used += bytes.length
    return this.#chunk.subarray(start, this.#used)
  }
}
