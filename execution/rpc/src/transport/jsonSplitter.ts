const [quote, backslash, newline] = [0x22, 0x5c, 0x0a]
const opening = new Set([0x7b, 0x5b])
const closing = new Set([0x7d, 0x5d])
const blank = new Set([0x20, 0x09, newline, 0x0d])

/**
 * Cuts a stream of bytes into JSON messages, which may follow one another with or without space between. What is no object and no
 * array ends with its line; the dispatcher says what is wrong with it.
 */
export class JsonSplitter {
  #pending: Buffer = Buffer.alloc(0)
  /** Bytes of the pending message that have been looked at. */
  #scanned = 0
  #depth = 0
  #inString = false
  #escaped = false

  /** @param maxBytes of one message */
  constructor(private readonly maxBytes: number) {}

  /** The messages that end in `chunk`; `undefined` when one is too long. */
  push(chunk: Buffer): Buffer[] | undefined {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    const messages: Buffer[] = []
    let start = 0
    for (let at = this.#scanned; at < bytes.length; at++) {
      const isBlank = at === start && blank.has(bytes[at]!)
      if (isBlank) start++
      else if (this.#ends(bytes[at]!)) {
        messages.push(bytes.subarray(start, at + 1))
        start = at + 1
      }
    }
    this.#pending = Buffer.from(bytes.subarray(start))
    this.#scanned = this.#pending.length
    const isTooLong = [...messages, this.#pending].some(({ length }) => length > this.maxBytes)
    return isTooLong ? undefined : messages
  }

  #ends(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false
      else if (byte === backslash) this.#escaped = true
      else if (byte === quote) this.#inString = false
      return false
    }
    if (byte === quote && this.#depth > 0) this.#inString = true
    else if (opening.has(byte)) this.#depth++
    else if (closing.has(byte)) {
      if (this.#depth > 0) this.#depth--
      return this.#depth === 0
    }
    return byte === newline && this.#depth === 0
  }
}
