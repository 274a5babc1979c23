/** A growing byte array with WebAssembly's integer encodings (LEB128). */
export class ByteWriter {
  #bytes: Uint8Array
  length = 0

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity)
  }

  get capacity(): number {
    return this.#bytes.length
  }

  u8(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.length++] = value
  }

  u32(value: number): void {
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.u8(rest)
  }

  i32(value: number): void {
    let rest = value | 0
    for (;;) {
      const byte = rest & 0x7f
      rest >>= 7
      const last = rest === ((byte & 0x40) === 0 ? 0 : -1)
      this.u8(last ? byte : byte | 0x80)
      if (last) return
    }
  }

  i64(value: bigint): void {
    if (value >= 0n && value <= 0x7fff_ffffn) {
      this.i32(Number(value))
      return
    }
    let rest = BigInt.asIntN(64, value)
    if (rest >= -0x8000_0000n && rest <= 0x7fff_ffffn) {
      this.i32(Number(rest))
      return
    }
    for (;;) {
      const byte = Number(rest & 0x7fn)
      rest >>= 7n
      const last = rest === ((byte & 0x40) === 0 ? 0n : -1n)
      this.u8(last ? byte : byte | 0x80)
      if (last) return
    }
  }

  raw(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  name(text: string): void {
    const bytes = new TextEncoder().encode(text)
    this.u32(bytes.length)
    this.raw(bytes)
  }

  /** A view, valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  #grow(atLeast: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + atLeast))
    bytes.set(this.#bytes)
    this.#bytes = bytes
  }
}
