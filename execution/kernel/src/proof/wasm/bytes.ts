import { KernelError } from '../../errors.js'

/** Reads the binary format: LEB128 integers and vectors. */
export class WasmReader {
  at: number
  readonly end: number

  constructor(
    readonly bytes: Uint8Array,
    at = 0,
    end = bytes.length,
  ) {
    this.at = at
    this.end = end
  }

  get done(): boolean {
    return this.at >= this.end
  }

  byte(): number {
    if (this.at >= this.end) throw new KernelError('invalidModule', 'The WebAssembly module is cut short.')
    return this.bytes[this.at++]!
  }

  u32(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }

  /** Passes over an integer of any width and sign. */
  skipInteger(): void {
    while (this.byte() >= 128);
  }

  skip(length: number): void {
    this.at += length
    if (this.at > this.end) throw new KernelError('invalidModule', 'The WebAssembly module is cut short.')
  }

  name(): string {
    const length = this.u32()
    const from = this.at
    this.skip(length)
    return new TextDecoder().decode(this.bytes.subarray(from, this.at))
  }
}

/** LEB128, unsigned. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const byte = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest > 0 ? byte + 128 : byte)
  } while (rest > 0)
  return bytes
}

/** LEB128, signed, for 32-bit and small 64-bit constants. */
export function signed(value: number): number[] {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (;;) {
    const byte = Number(rest & 127n)
    rest >>= 7n
    const done = (rest === 0n && byte < 64) || (rest === -1n && byte >= 64)
    bytes.push(done ? byte : byte + 128)
    if (done) return bytes
  }
}
