import { KernelError } from './errors.js'

/** A byte string or a list of items (Ethereum Yellow Paper, appendix B). */
export type RlpItem = Uint8Array | readonly RlpItem[]

/** What {@link decode} returns: strings are views of the input, not copies. */
export type RlpDecoded = Uint8Array | RlpDecoded[]

/** Lists deeper than this are refused: no Ethereum object comes near, and recursion stays bounded. */
const maximumDepth = 32

/** RLP encoding of an item. Integers must already be bytes without leading zeros. */
export function encode(item: RlpItem): Uint8Array {
  const output = new Uint8Array(encodedLength(item))
  write(item, output, 0)
  return output
}

/**
 * Strict decoding of exactly one item.
 *
 * @throws {KernelError} `invalidRlp` on truncated input, bytes after the item, a length or single byte that is not in its
 * shortest form, or lists nested more than 32 deep.
 */
export function decode(bytes: Uint8Array): RlpDecoded {
  const reader = { bytes, at: 0 }
  const item = readItem(reader, bytes.length, 0)
  if (reader.at !== bytes.length) throw invalid('bytes after the item', reader.at)
  return item
}

/** Length of the encoding without making it. */
export function encodedLength(item: RlpItem): number {
  if (isBytes(item)) return item.length === 1 && item[0]! < 0x80 ? 1 : headLength(item.length) + item.length
  const payload = payloadLength(item)
  return headLength(payload) + payload
}

function payloadLength(list: readonly RlpItem[]): number {
  let length = 0
  for (const item of list) length += encodedLength(item)
  return length
}

function headLength(payload: number): number {
  return payload < 56 ? 1 : 1 + lengthOfLength(payload)
}

function lengthOfLength(length: number): number {
  if (length < 0x100) return 1
  if (length < 0x1_0000) return 2
  return length < 0x100_0000 ? 3 : 4
}

function write(item: RlpItem, output: Uint8Array, at: number): number {
  if (isBytes(item)) {
    if (item.length === 1 && item[0]! < 0x80) {
      output[at] = item[0]!
      return at + 1
    }
    const start = writeHead(output, at, 0x80, item.length)
    output.set(item, start)
    return start + item.length
  }
  let next = writeHead(output, at, 0xc0, payloadLength(item))
  for (const child of item) next = write(child, output, next)
  return next
}

function writeHead(output: Uint8Array, at: number, offset: number, length: number): number {
  if (length < 56) {
    output[at] = offset + length
    return at + 1
  }
  const size = lengthOfLength(length)
  output[at] = offset + 55 + size
  for (let i = 0; i < size; i++) output[at + size - i] = length >>> (8 * i)
  return at + 1 + size
}

type Reader = { bytes: Uint8Array; at: number }

function readItem(reader: Reader, end: number, depth: number): RlpDecoded {
  const { bytes } = reader
  if (reader.at >= end) throw invalid('truncated item', reader.at)
  const head = bytes[reader.at]!
  if (head < 0x80) {
    reader.at += 1
    return bytes.subarray(reader.at - 1, reader.at)
  }
  if (head < 0xc0) {
    const length = readLength(reader, end, head - 0x80)
    const start = reader.at
    if (length === 1 && bytes[start]! < 0x80) throw invalid('single byte with a length prefix', start - 1)
    reader.at += length
    return bytes.subarray(start, reader.at)
  }
  if (depth >= maximumDepth) throw invalid(`lists nested more than ${maximumDepth} deep`, reader.at)
  const length = readLength(reader, end, head - 0xc0)
  const listEnd = reader.at + length
  const list: RlpDecoded[] = []
  while (reader.at < listEnd) list.push(readItem(reader, listEnd, depth + 1))
  return list
}

/** Moves past the head; `code` is the head byte less its offset. The payload is certain to lie before `end`. */
function readLength(reader: Reader, end: number, code: number): number {
  const start = reader.at
  let length = code
  reader.at += 1
  if (code > 55) {
    const size = code - 55
    if (start + 1 + size > end) throw invalid('truncated length', start)
    if (reader.bytes[start + 1] === 0) throw invalid('length with leading zeros', start)
    length = 0
    for (let i = 1; i <= size; i++) length = length * 256 + reader.bytes[start + i]!
    if (length < 56) throw invalid('length not in its shortest form', start)
    reader.at += size
  }
  if (length > end - reader.at) throw invalid('truncated payload', start)
  return length
}

function isBytes(item: RlpItem): item is Uint8Array {
  return item instanceof Uint8Array
}

function invalid(what: string, at: number): KernelError {
  return new KernelError('invalidRlp', `Invalid RLP: ${what} at byte ${at}.`)
}
