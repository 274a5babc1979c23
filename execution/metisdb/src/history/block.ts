/**
 * A block of a segment: 4096 bytes of sorted entries.
 *
 *   u32 CRC of the rest  u16 entries  u8 bytes that all keys begin with  u8 0, then those bytes, then the entries; at the
 *   end of the block u16 × entries, the last entry's first: where each entry begins
 *   entry: u8 0 account, 1 slot; the rest of the key (32 or 64 bytes in all); u32 step, counted from the segment's first;
 *   u8 length of the value; value
 */
import { crc32 } from '../engine/bytes.js'
import { accountKeyLength, type HistoryEntry, slotKeyLength } from './key.js'

export const blockSize = 4096
const headLength = 8

/** Fills blocks. */
export class BlockWriter {
  #entries: HistoryEntry[] = []
  #bytes = 0
  #prefix = 0

  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  get firstKey(): Uint8Array {
    return this.#entries[0]!.key
  }

  /** Takes the entry, greater than all before, if there is room for it. */
  add(entry: HistoryEntry): boolean {
    const first = this.#entries[0]
    const prefix = first ? commonLength(first.key, entry.key, this.#prefix) : accountKeyLength
    const bytes = this.#bytes + 8 + entry.key.length + entry.value.length
    if (first && headLength + prefix + bytes - prefix * (this.#entries.length + 1) > blockSize) return false
    this.#prefix = prefix
    this.#bytes = bytes
    this.#entries.push(entry)
    return true
  }

  /** The block, and an empty one from here on. */
  take(firstStep: number): Uint8Array {
    const block = new Uint8Array(blockSize)
    const view = new DataView(block.buffer)
    const prefix = this.#prefix
    view.setUint16(4, this.#entries.length, true)
    block[6] = prefix
    block.set(this.firstKey.subarray(0, prefix), headLength)
    let at = headLength + prefix
    for (const [index, { key, step, value }] of this.#entries.entries()) {
      view.setUint16(blockSize - 2 * (index + 1), at, true)
      block[at] = key.length === slotKeyLength ? 1 : 0
      block.set(prefix === 0 ? key : key.subarray(prefix), at + 1)
      at += 1 + key.length - prefix
      view.setUint32(at, step - firstStep, true)
      block[at + 4] = value.length
      block.set(value, at + 5)
      at += 5 + value.length
    }
    view.setUint32(0, crc32(block.subarray(4)), true)
    this.#entries = []
    this.#bytes = 0
    return block
  }
}

function commonLength(a: Uint8Array, b: Uint8Array, limit: number): number {
  let length = 0
  while (length < limit && a[length] === b[length]) length++
  return length
}

/** Whether the bytes are what was written. */
export function isWhole(block: Uint8Array): boolean {
  const checksum = new DataView(block.buffer, block.byteOffset).getUint32(0, true)
  return block.length === blockSize && checksum === crc32(block.subarray(4))
}

export function* entriesOf(block: Uint8Array, firstStep: number): Generator<HistoryEntry> {
  const count = countOf(block)
  for (let index = 0; index < count; index++) yield entryAt(block, index, firstStep)
}

/**
 * The first entry of the key with this step or a later one: its step and a part of the block as its value; `after` when the block's
 * entries all come before it.
 */
export function seek(
  block: Uint8Array,
  key: Uint8Array,
  step: number,
  firstStep: number,
): { step: number; value: Uint8Array } | 'after' | undefined {
  const count = countOf(block)
  const prefix = block[6]!
  // The same for all entries: compared once.
  for (let i = 0; i < prefix; i++) {
    const difference = block[headLength + i]! - key[i]!
    if (difference !== 0) return difference < 0 ? 'after' : undefined
  }
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareRest(block, middle, prefix, key, step - firstStep) < 0) low = middle + 1
    else high = middle
  }
  if (low === count) return 'after'
  const at = placeOf(block, low)
  if (lengthOf(block, at) !== key.length) return undefined
  const rest = at + 1 - prefix
  for (let i = prefix; i < key.length; i++) if (block[rest + i] !== key[i]) return undefined
  const stepAt = rest + key.length
  const valueAt = stepAt + 5
  return {
    step: firstStep + u32At(block, stepAt),
    value: block.subarray(valueAt, valueAt + block[stepAt + 4]!),
  }
}

function countOf(block: Uint8Array): number {
  return block[4]! | (block[5]! << 8)
}

function placeOf(block: Uint8Array, index: number): number {
  const at = blockSize - 2 * (index + 1)
  return block[at]! | (block[at + 1]! << 8)
}

function lengthOf(block: Uint8Array, at: number): number {
  return block[at] === 1 ? slotKeyLength : accountKeyLength
}

function u32At(block: Uint8Array, at: number): number {
  return (block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24)) >>> 0
}

/** What comes after the common beginning. */
function compareRest(
  block: Uint8Array,
  index: number,
  prefix: number,
  key: Uint8Array,
  step: number,
): number {
  const at = placeOf(block, index)
  const length = lengthOf(block, at)
  const rest = at + 1 - prefix
  const shared = Math.min(length, key.length)
  for (let i = prefix; i < shared; i++) {
    const difference = block[rest + i]! - key[i]!
    if (difference !== 0) return difference
  }
  return length !== key.length ? length - key.length : u32At(block, rest + length) - step
}

function entryAt(block: Uint8Array, index: number, firstStep: number): HistoryEntry {
  const prefix = block[6]!
  let at = placeOf(block, index)
  const length = block[at++] === 1 ? slotKeyLength : accountKeyLength
  const key = new Uint8Array(length)
  key.set(block.subarray(headLength, headLength + prefix))
  key.set(block.subarray(at, at + length - prefix), prefix)
  at += length - prefix
  const step = firstStep + new DataView(block.buffer, block.byteOffset).getUint32(at, true)
  return { key, step, value: block.slice(at + 5, at + 5 + block[at + 4]!) }
}
