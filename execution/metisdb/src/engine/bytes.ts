import { crc32 } from 'node:zlib'

/** Little-endian fields of a header, written and read in the same order, closed by a CRC-32 of all before it. */
export class FieldWriter {
  readonly bytes: Uint8Array
  readonly #view: DataView
  at = 0

  constructor(length: number) {
    this.bytes = new Uint8Array(length)
    this.#view = new DataView(this.bytes.buffer)
  }

  u32(value: number): this {
    this.#view.setUint32(this.at, value, true)
    this.at += 4
    return this
  }

  u64(value: number | bigint): this {
    this.#view.setBigUint64(this.at, BigInt(value), true)
    this.at += 8
    return this
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
    return this
  }

  /** The header, padded with zeros. */
  seal(): Uint8Array {
    return this.u32(crc32(this.bytes.subarray(0, this.at))).bytes
  }
}

export class FieldReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  u32(): number {
    this.at += 4
    return this.#view.getUint32(this.at - 4, true)
  }

  u64(): bigint {
    this.at += 8
    return this.#view.getBigUint64(this.at - 8, true)
  }

  /** Counters and lengths: below 2^53 in any file that is whole. */
  count(): number {
    return Number(this.u64())
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.at
  }

  raw(length: number): Uint8Array {
    this.at += length
    return this.#bytes.slice(this.at - length, this.at)
  }

  /** `count` numbers of 32 bits. */
  words(count: number): Uint32Array {
    return new Uint32Array(this.raw(4 * count).buffer)
  }

  /** Whether the CRC-32 that comes next is that of all before it. */
  sealed(): boolean {
    const expected = crc32(this.#bytes.subarray(0, this.at))
    return this.u32() === expected
  }
}

export { crc32 }
