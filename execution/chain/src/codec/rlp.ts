import { ChainError } from '../errors.js'

/** What RLP knows: bytes and lists. */
export type RlpItem = Uint8Array | RlpItem[]
export type RlpInput = Uint8Array | readonly RlpInput[]

export type RlpErrorCode = 'rlp'

/** Bytes that are no canonical RLP. */
export class RlpError extends ChainError<RlpErrorCode> {
  override name = 'RlpError'

  constructor(shortMessage: string) {
    super('rlp', shortMessage)
  }
}

/** Deeper than any Ethereum object; keeps hostile input from exhausting the stack. */
const maxDepth = 32

/** Canonical RLP (yellow paper, appendix B). */
export function encodeRlp(input: RlpInput): Uint8Array {
  const out = new Uint8Array(encodedLength(input))
  write(input, out, 0)
  return out
}

/** Length in bytes of `encodeRlp(input)`. */
export function encodedLength(input: RlpInput): number {
  if (input instanceof Uint8Array)
    return input.length === 1 && input[0]! < 0x80 ? 1 : headLength(input.length) + input.length
  const payload = payloadLength(input)
  return headLength(payload) + payload
}

function payloadLength(list: readonly RlpInput[]): number {
  let length = 0
  for (const item of list) length += encodedLength(item)
  return length
}

function headLength(length: number): number {
  return length < 56 ? 1 : 1 + byteCount(length)
}

function byteCount(value: number): number {
  return value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x1000000 ? 3 : value < 0x100000000 ? 4 : 6
}

function writeHead(length: number, base: number, out: Uint8Array, at: number): number {
  if (length < 56) {
    out[at] = base + length
    return at + 1
  }
  const size = byteCount(length)
  out[at] = base + 55 + size
  for (let i = size, rest = length; i > 0; i--, rest = Math.floor(rest / 256)) out[at + i] = rest & 0xff
  return at + 1 + size
}

function write(input: RlpInput, out: Uint8Array, at: number): number {
  if (input instanceof Uint8Array) {
    if (input.length === 1 && input[0]! < 0x80) {
      out[at] = input[0]!
      return at + 1
    }
    const start = writeHead(input.length, 0x80, out, at)
    out.set(input, start)
    return start + input.length
  }
  let next = writeHead(payloadLength(input), 0xc0, out, at)
  for (const item of input) next = write(item, out, next)
  return next
}

/**
 * Strict inverse of `encodeRlp`: one item, nothing behind it, shortest lengths only. Bytes of the result share memory
 * with the input.
 *
 * @throws {RlpError}
 */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const [item, end] = read(bytes, 0, bytes.length, 0)
  if (end !== bytes.length) throw new RlpError(`${bytes.length - end} bytes behind the item.`)
  return item
}

function read(bytes: Uint8Array, at: number, limit: number, depth: number): [RlpItem, number] {
  if (at >= limit) throw new RlpError('Item expected, input ends.')
  if (depth > maxDepth) throw new RlpError(`Lists nest deeper than ${maxDepth}.`)
  const first = bytes[at]!
  if (first < 0x80) return [bytes.subarray(at, at + 1), at + 1]
  const isList = first >= 0xc0
  const short = first - (isList ? 0xc0 : 0x80)
  const start = short < 56 ? at + 1 : at + 1 + short - 55
  const length = short < 56 ? short : readLength(bytes, at + 1, start, limit)
  const end = start + length
  if (end > limit) throw new RlpError(`Item of ${length} bytes exceeds its container.`)
  if (!isList) {
    if (length === 1 && bytes[start]! < 0x80) throw new RlpError('Single byte below 0x80 with a prefix.')
    return [bytes.subarray(start, end), end]
  }
  const items: RlpItem[] = []
  let next = start
  while (next < end) {
    const [item, after] = read(bytes, next, end, depth + 1)
    items.push(item)
    next = after
  }
  return [items, end]
}

function readLength(bytes: Uint8Array, from: number, to: number, limit: number): number {
  if (to > limit) throw new RlpError('Length exceeds the input.')
  if (bytes[from] === 0) throw new RlpError('Length with a leading zero.')
  if (to - from > 6) throw new RlpError('Length exceeds the input.')
  let length = 0
  for (let i = from; i < to; i++) length = length * 256 + bytes[i]!
  if (length < 56) throw new RlpError('Long form for a short length.')
  return length
}
