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
/** An entry has at least 8 bytes: no key but what is common, u8, step, length of the value, and where it is. */
export const maximumEntries = 512

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

/**
 * Whether a block with the right checksum is one that a writer makes: at least one entry and not more than `maximumEntries`, each within
 * the block and of one of the two kinds, strictly ascending by key and step, the steps below `steps`. What reads blocks relies on it.
 */
export function isSound(block: Uint8Array, steps: number): boolean {
  const count = countOf(block)
  const prefix = block[6]!
  if (count === 0 || count > maximumEntries || prefix > accountKeyLength) return false
  const end = blockSize - 2 * count
  let expected = headLength + prefix
  let before = 0
  for (let index = 0; index < count; index++) {
    const at = placeOf(block, 0, index)
    // The writer leaves no room between them.
    if (at !== expected || at >= end || block[at]! > 1) return false
    const stepAt = at + 1 + lengthOf(block, at) - prefix
    if (stepAt + 5 > end) return false
    expected = stepAt + 5 + block[stepAt + 4]!
    if (expected > end || u32At(block, stepAt) >= steps) return false
    if (index > 0 && compareEntriesAt(block, before, at, prefix) >= 0) return false
    before = at
  }
  return true
}

function compareEntriesAt(block: Uint8Array, a: number, b: number, prefix: number): number {
  const [lengthA, lengthB] = [lengthOf(block, a) - prefix, lengthOf(block, b) - prefix]
  const shared = Math.min(lengthA, lengthB)
  for (let i = 1; i <= shared; i++) if (block[a + i] !== block[b + i]) return block[a + i]! - block[b + i]!
  return lengthA - lengthB || u32At(block, a + 1 + lengthA) - u32At(block, b + 1 + lengthB)
}

export function* entriesOf(block: Uint8Array, firstStep: number): Generator<HistoryEntry> {
  const count = countOf(block)
  for (let index = 0; index < count; index++) yield entryAt(block, index, firstStep)
}

export function firstKeyOf(block: Uint8Array): Uint8Array {
  return entryAt(block, 0, 0).key
}

export function lastKeyOf(block: Uint8Array): Uint8Array {
  return entryAt(block, countOf(block) - 1, 0).key
}

/** Writes of each entry the first four bytes after the common beginning, zeros behind, as a number. */
export function headsOf(block: Uint8Array, heads: Uint32Array, at: number): void {
  const count = countOf(block)
  const prefix = block[6]!
  for (let index = 0; index < count; index++) {
    const place = placeOf(block, 0, index)
    const end = place + 1 + lengthOf(block, place) - prefix
    let head = 0
    for (let i = place + 1; i <= place + 4; i++) head = (head << 8) | (i < end ? block[i]! : 0)
    heads[at + index] = head
  }
}

/** Some block among others, and its heads among those of others. */
export type BlockAt = { bytes: Uint8Array; heads: Uint32Array; number: number }

/**
 * The first entry of the key with this step or a later one: its step and a copy of its value; `after` when the block's entries all come
 * before it.
 */
export function seek(
  { bytes, heads, number }: BlockAt,
  key: Uint8Array,
  step: number,
  firstStep: number,
): { step: number; value: Uint8Array } | 'after' | undefined {
  const block = number * blockSize
  const count = countOf(bytes, block)
  const prefix = bytes[block + 6]!
  // The same for all entries: compared once.
  for (let i = 0; i < prefix; i++) {
    const difference = bytes[block + headLength + i]! - key[i]!
    if (difference !== 0) return difference < 0 ? 'after' : undefined
  }
  const head = headOf(key, prefix)
  const first = number * maximumEntries
  const end = first + count
  let low = first
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (heads[middle]! < head) low = middle + 1
    else high = middle
  }
  if (low < end && heads[low] !== head) return undefined
  // Of the few with these bytes, or of the many that one key may have.
  for (high = end; low < high; ) {
    const middle = (low + high) >>> 1
    const place = heads[middle] === head ? placeOf(bytes, block, middle - first) : 0
    if (place !== 0 && compareRest(bytes, place, prefix, key, step - firstStep) < 0) low = middle + 1
    else high = middle
  }
  if (low === end) return 'after'
  const at = placeOf(bytes, block, low - first)
  if (lengthOf(bytes, at) !== key.length) return undefined
  const rest = at + 1 - prefix
  for (let i = prefix; i < key.length; i++) if (bytes[rest + i] !== key[i]) return undefined
  const stepAt = rest + key.length
  const valueAt = stepAt + 5
  return {
    step: firstStep + u32At(bytes, stepAt),
    value: bytes.slice(valueAt, valueAt + bytes[stepAt + 4]!),
  }
}

/** Four bytes of a key, zeros behind its end, as a number. */
export function headOf(key: Uint8Array, from: number): number {
  return (
    (((key[from] ?? 0) << 24) |
      ((key[from + 1] ?? 0) << 16) |
      ((key[from + 2] ?? 0) << 8) |
      (key[from + 3] ?? 0)) >>>
    0
  )
}

function countOf(bytes: Uint8Array, block = 0): number {
  return bytes[block + 4]! | (bytes[block + 5]! << 8)
}

/** Where an entry of the block at `block` begins. */
function placeOf(bytes: Uint8Array, block: number, index: number): number {
  const at = block + blockSize - 2 * (index + 1)
  return block + (bytes[at]! | (bytes[at + 1]! << 8))
}

function lengthOf(block: Uint8Array, at: number): number {
  return block[at] === 1 ? slotKeyLength : accountKeyLength
}

function u32At(block: Uint8Array, at: number): number {
  return (block[at]! | (block[at + 1]! << 8) | (block[at + 2]! << 16) | (block[at + 3]! << 24)) >>> 0
}

/** What comes after the common beginning in the entry at `at`. */
function compareRest(block: Uint8Array, at: number, prefix: number, key: Uint8Array, step: number): number {
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
  let at = placeOf(block, 0, index)
  const length = block[at++] === 1 ? slotKeyLength : accountKeyLength
  const key = new Uint8Array(length)
  key.set(block.subarray(headLength, headLength + prefix))
  key.set(block.subarray(at, at + length - prefix), prefix)
  at += length - prefix
  const step = firstStep + new DataView(block.buffer, block.byteOffset).getUint32(at, true)
  return { key, step, value: block.slice(at + 5, at + 5 + block[at + 4]!) }
}
