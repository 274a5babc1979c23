import { InferenceError } from '../errors.js'

/** Little-endian reader that never reads past the end: lengths are checked before anything is allocated. */
export class ByteReader {
  #at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get done(): boolean {
    return this.#at === this.#bytes.length
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true)
  }
  i16(): number {
    return this.#view.getInt16(this.#take(2), true)
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }
  i32(): number {
    return this.#view.getInt32(this.#take(4), true)
  }
  /** Values beyond 2^53 are refused: no cost comes near. */
  u64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.malformed('a number is beyond 2^53')
    return Number(value)
  }

  /** A copy of the next bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    return this.#bytes.slice(at, at + length)
  }

  i8Array(length: number): Int8Array {
    return new Int8Array(this.bytes(length).buffer)
  }

  i32Array(length: number): Int32Array {
    const at = this.#take(length * 4)
    const values = new Int32Array(length)
    for (let i = 0; i < length; i++) values[i] = this.#view.getInt32(at + 4 * i, true)
    return values
  }

  malformed(what: string): InferenceError {
    return new InferenceError('malformedProgram', `Malformed program: ${what} at byte ${this.#at}.`)
  }

  #take(length: number): number {
    const at = this.#at
    if (length > this.#bytes.length - at) throw this.malformed('truncated')
    this.#at += length
    return at
  }
}

/** Little-endian writer. */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  u8(value: number): void {
    this.#grow(1).setUint8(this.#length - 1, value)
  }
  u16(value: number): void {
    this.#grow(2).setUint16(this.#length - 2, value, true)
  }
  i16(value: number): void {
    this.#grow(2).setInt16(this.#length - 2, value, true)
  }
  u32(value: number): void {
    this.#grow(4).setUint32(this.#length - 4, value, true)
  }
  i32(value: number): void {
    this.#grow(4).setInt32(this.#length - 4, value, true)
  }
  u64(value: number): void {
    this.#grow(8).setBigUint64(this.#length - 8, BigInt(value), true)
  }
  bytes(values: Uint8Array | Int8Array): void {
    this.#grow(values.length)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.length)
    this.#bytes.set(bytes, this.#length - values.length)
  }
  i32Array(values: Int32Array): void {
    for (const value of values) this.i32(value)
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Makes room for `length` more bytes; the view may be another one afterwards. */
  #grow(length: number): DataView {
    this.#length += length
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return this.#view
  }
}
