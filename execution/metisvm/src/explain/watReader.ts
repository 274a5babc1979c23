/** Reads WebAssembly's binary encodings one after the other. */
export class WatReader {
  #at = 0

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.#at >= this.bytes.length
  }

  byte(): number {
    const byte = this.bytes[this.#at]
    if (byte === undefined) throw new Error('the module ends too soon')
    this.#at++
    return byte
  }

  u32(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  /** Signed, of any length. */
  signed(): bigint {
    let value = 0n
    for (let shift = 0n; ; ) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << shift
      shift += 7n
      if (byte < 0x80) return BigInt.asIntN(Number(shift), value)
    }
  }

  name(): string {
    return new TextDecoder().decode(this.#take(this.u32()))
  }

  slice(size: number): WatReader {
    return new WatReader(this.#take(size))
  }

  bytesOf(size: number): Uint8Array {
    return this.#take(size)
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.u32() }, read)
  }

  #take(size: number): Uint8Array {
    if (this.#at + size > this.bytes.length) throw new Error('the module ends too soon')
    this.#at += size
    return this.bytes.subarray(this.#at - size, this.#at)
  }
}
