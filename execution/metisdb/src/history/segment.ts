/**
 * A segment file `hist.FFFFFFFFFF-TTTTTTTTTT`: what the steps F to T (T excluded) changed. It is written once, as `.tmp`, flushed
 * and renamed. Numbers are little-endian.
 *
 *   header   4096 bytes: u64 magic "MTISHIST"  u32 format 1  u32 block size  u64 chain id  u64 F  u64 T  u64 entries
 *            u64 blocks  u64 bytes of the tables  32 root of state T  u32 CRC of the tables  u32 CRC of these 100 bytes, zeros
 *   blocks   4096 bytes each, see block.ts: entries by key, those of one key by step
 *   tables   64 × blocks: first key of each block, zeros behind; 32 × steps: root of each state from F on;
 *            u32 × steps: the steps, counted from F, in the order of these roots
 */
import { crc32, FieldReader, FieldWriter } from '../engine/bytes.js'
import { type File, readAt } from '../engine/files.js'
import { StateError } from '../errors.js'
import {
  BlockWriter,
  blockSize,
  entriesOf,
  firstKeyOf,
  headOf,
  isSound,
  isWhole,
  lastKeyOf,
  seek,
} from './block.js'
import type { BlockCache, CachedBlocks } from './blockCache.js'
import { compareEntries, compareKeys, type HistoryEntry, slotKeyLength } from './key.js'

const magic = 0x5453_4948_5349_544dn
const formatVersion = 1
const headerFields = 100
/** A table of some 30 million blocks, 120 GB. */
const maximumTables = 2 ** 31
/** As many are read or written at once: others get their turn in between. */
const flushBlocks = 64

export type SegmentRange = { from: number; to: number }

export const segmentName = ({ from, to }: SegmentRange): string =>
  `hist.${String(from).padStart(10, '0')}-${String(to).padStart(10, '0')}`

export function rangeOf(name: string): SegmentRange | undefined {
  const match = /^hist\.(\d{10})-(\d{10})$/.exec(name)
  return match ? { from: Number(match[1]), to: Number(match[2]) } : undefined
}

/**
 * Writes a segment and flushes it. `entries` come in order; `roots` are those of the states from `from` to `to`, the last one
 * included.
 */
export async function writeSegment(
  file: File,
  { from, to, chainId }: SegmentRange & { chainId: bigint },
  entries: Iterable<HistoryEntry> | AsyncIterable<HistoryEntry>,
  roots: Uint8Array,
): Promise<void> {
  const writer = new BlockWriter()
  const keys: Uint8Array[] = []
  let waiting: Uint8Array[] = []
  let count = 0
  let blocks = 0
  const finishBlock = async (): Promise<void> => {
    const key = new Uint8Array(slotKeyLength)
    key.set(writer.firstKey)
    keys.push(key)
    waiting.push(writer.take(from))
    if (waiting.length === flushBlocks) await flush()
  }
  const flush = async (): Promise<void> => {
    await file.write(Buffer.concat(waiting), blockSize * (1 + blocks))
    blocks += waiting.length
    waiting = []
  }
  for await (const entry of entries) {
    if (!writer.add(entry)) {
      await finishBlock()
      writer.add(entry)
    }
    count++
  }
  if (!writer.isEmpty) await finishBlock()
  await flush()
  const own = roots.subarray(0, 32 * (to - from))
  const order = sortedSteps(own)
  const tables = Buffer.concat([...keys, own, new Uint8Array(order.buffer)])
  const tablesAt = blockSize * (1 + blocks)
  await file.write(tables, tablesAt)
  const fields = new FieldWriter(blockSize).u64(magic).u32(formatVersion).u32(blockSize).u64(chainId)
  fields.u64(from).u64(to).u64(count).u64(blocks).u64(tables.length)
  fields.raw(roots.subarray(own.length, own.length + 32)).u32(crc32(tables))
  await file.write(fields.seal(), 0)
  await file.truncate(tablesAt + tables.length)
  await file.sync()
}

function padded(key: Uint8Array): Uint8Array {
  const result = new Uint8Array(slotKeyLength)
  result.set(key)
  return result
}

function sortedSteps(roots: Uint8Array): Uint32Array {
  const root = (step: number): Uint8Array => roots.subarray(32 * step, 32 * (step + 1))
  const steps = Uint32Array.from({ length: roots.length / 32 }, (_, step) => step)
  return steps.sort((a, b) => compareKeys(root(a), root(b)) || a - b)
}

/** An open segment. Its tables are in memory: 100 bytes for a block of 4096 and 36 for a step. */
export class Segment implements SegmentRange {
  readonly name: string
  readonly from: number
  readonly chainId: bigint
  readonly entryCount: number
  readonly blockCount: number
  /** Steps from here on do not count: another branch of states has taken their place. */
  #to: number
  readonly #file: File
  readonly #cache: BlockCache
  readonly #blocks: CachedBlocks
  readonly #keys: Uint8Array
  /** The first four bytes of each, as a number. */
  readonly #heads: Uint32Array
  readonly #roots: Uint8Array
  readonly #order: Uint32Array
  readonly #writtenTo: number
  readonly #lastRoot: Uint8Array

  private constructor(
    file: File,
    cache: BlockCache,
    opened: {
      name: string
      header: {
        chainId: bigint
        from: number
        to: number
        entries: number
        blocks: number
        lastRoot: Uint8Array
      }
      tables: Uint8Array
    },
  ) {
    const { header, tables } = opened
    this.name = opened.name
    this.chainId = header.chainId
    this.from = header.from
    this.#to = header.to
    this.#writtenTo = header.to
    this.entryCount = header.entries
    this.blockCount = header.blocks
    this.#lastRoot = header.lastRoot
    this.#file = file
    this.#cache = cache
    this.#blocks = new Uint32Array(header.blocks)
    const rootsAt = slotKeyLength * header.blocks
    const orderAt = rootsAt + 32 * (header.to - header.from)
    this.#keys = tables.subarray(0, rootsAt)
    this.#roots = tables.subarray(rootsAt, orderAt)
    this.#order = new Uint32Array(tables.slice(orderAt).buffer)
    const view = new DataView(tables.buffer, tables.byteOffset)
    this.#heads = Uint32Array.from({ length: header.blocks }, (_, i) => view.getUint32(slotKeyLength * i))
  }

  /** @throws {StateError} `damaged`, `wrongVersion` */
  static async open(file: File, name: string, cache: BlockCache): Promise<Segment> {
    const damaged = (what: string): StateError => new StateError('damaged', `${name} is damaged: ${what}.`)
    const page = await readAt(file, 0, blockSize)
    if (page.length < blockSize) throw damaged('it has no header')
    const fields = new FieldReader(page)
    if (fields.u64() !== magic) throw damaged('it is no history segment')
    const format = fields.u32()
    fields.u32()
    const chainId = fields.u64()
    const from = fields.count()
    const to = fields.count()
    const entries = fields.count()
    const blocks = fields.count()
    const tablesLength = fields.count()
    const lastRoot = fields.raw(32)
    const checksum = fields.u32()
    if (fields.at !== headerFields || !fields.sealed()) throw damaged('its header has another checksum')
    if (format !== formatVersion) {
      throw new StateError(
        'wrongVersion',
        `${name} has format ${format}; this program reads ${formatVersion}.`,
      )
    }
    const range = rangeOf(name)
    if (range && (range.from !== from || range.to !== to)) throw damaged('it belongs under another name')
    const expected = slotKeyLength * blocks + 36 * (to - from)
    if (to < from || tablesLength !== expected || tablesLength > maximumTables)
      throw damaged('its tables have a length that nobody writes')
    const tables = await readAt(file, blockSize * (1 + blocks), tablesLength)
    if (tables.length !== expected || crc32(tables) !== checksum)
      throw damaged('its tables have another checksum')
    const segment = new Segment(file, cache, {
      name,
      header: { chainId, from, to, entries, blocks, lastRoot },
      tables,
    })
    if (!segment.#isOrdered()) throw damaged('its tables are not in order')
    return segment
  }

  /** Whether first keys ascend, of which one key may have several blocks, and the steps are in the order of their roots, each once. */
  #isOrdered(): boolean {
    const key = (block: number): Uint8Array => this.#firstKey(block)
    for (let block = 1; block < this.blockCount; block++)
      if (compareKeys(key(block - 1), key(block)) > 0) return false
    const steps = this.#order.length
    for (let index = 0; index < steps; index++) {
      const step = this.#order[index]!
      if (step >= steps) return false
      if (index === 0) continue
      const before = this.#order[index - 1]!
      const difference = compareKeys(this.root(this.from + before), this.root(this.from + step))
      if (difference > 0 || (difference === 0 && before >= step)) return false
    }
    return true
  }

  #firstKey(block: number): Uint8Array {
    return this.#keys.subarray(slotKeyLength * block, slotKeyLength * (block + 1))
  }

  get to(): number {
    return this.#to
  }

  /** Whether steps of the file do not count any more. */
  get isCut(): boolean {
    return this.#to < this.#writtenTo
  }

  /** Bytes of the file. */
  get bytes(): number {
    return blockSize * (1 + this.blockCount) + this.#keys.length + 36 * (this.#writtenTo - this.from)
  }

  cut(to: number): void {
    this.#to = Math.min(this.#to, to)
  }

  /** Root of a state from `from` to `to`, that one included. */
  root(step: number): Uint8Array {
    const at = 32 * (step - this.from)
    return at === this.#roots.length ? this.#lastRoot : this.#roots.subarray(at, at + 32)
  }

  /** The last state with this root before `to`. */
  find(root: Uint8Array): number | undefined {
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (compareKeys(this.root(this.from + this.#order[middle]!), root) <= 0) low = middle + 1
      else high = middle
    }
    for (let index = low - 1; index >= 0; index--) {
      const step = this.from + this.#order[index]!
      if (compareKeys(this.root(step), root) !== 0) return undefined
      if (step < this.#to) return step
    }
    return undefined
  }

  /**
   * What the first change of the key at this step or later replaced; `undefined` when there was none.
   *
   * @throws {StateError} `damaged`
   */
  value(key: Uint8Array, step: number): Uint8Array | undefined {
    for (let index = this.#blockOf(key, step); index < this.blockCount; index++) {
      const { bytes, heads } = this.#cache
      const found = seek({ bytes, heads, number: this.#cached(index) }, key, step, this.from)
      if (found === undefined) return undefined
      // A key's entries may go on in the next block.
      if (found !== 'after') return found.step < this.#to ? found.value : undefined
    }
    return undefined
  }

  /** Roots of the states from `step` to `to`, that one excluded. */
  rootsFrom(step: number): Uint8Array {
    return this.#roots.subarray(32 * (step - this.from), 32 * (this.#to - this.from))
  }

  /** All entries that count from a step on, in order, read without the cache. @throws {StateError} `damaged` */
  async *entries(step: number = this.from): AsyncGenerator<HistoryEntry> {
    let before: HistoryEntry | undefined
    for (let first = 0; first < this.blockCount; first += flushBlocks) {
      const count = Math.min(flushBlocks, this.blockCount - first)
      const bytes = await readAt(this.#file, blockSize * (1 + first), blockSize * count)
      for (let i = 0; i < count; i++) {
        const block = bytes.subarray(blockSize * i, blockSize * (i + 1))
        this.#assertGood(block, first + i)
        for (const entry of entriesOf(block, this.from)) {
          if (before && compareEntries(before, entry) >= 0) throw this.#disordered(first + i)
          before = entry
          if (entry.step >= step && entry.step < this.#to) yield entry
        }
      }
    }
  }

  /** The same from the cache, at once. */
  *entriesNow(): Generator<HistoryEntry> {
    for (let index = 0; index < this.blockCount; index++) {
      for (const entry of entriesOf(this.#block(index), this.from)) if (entry.step < this.#to) yield entry
    }
  }

  async close(): Promise<void> {
    this.#cache.forget(this.#blocks)
    await this.#file.close()
  }

  /** The last block that begins before the entry: it, or the one after, has it. */
  #blockOf(key: Uint8Array, step: number): number {
    const head = headOf(key, 0)
    const count = this.blockCount
    const isBefore = (index: number): boolean => {
      const other = this.#heads[index]!
      return other < head || (other === head && this.#compareFirst(index, key) <= 0)
    }
    // Keys are hashes: it is not far from where it would be if they were spread evenly.
    let low = Math.floor((head / 2 ** 32) * count)
    let high = low
    for (let step = 1; low > 0 && !isBefore(low - 1); step *= 2) {
      high = low - 1
      low = Math.max(0, low - step)
    }
    for (let step = 1; high < count && isBefore(high); step *= 2) {
      low = high + 1
      high = Math.min(count, high + step)
    }
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(middle)) low = middle + 1
      else high = middle
    }
    // Blocks that begin with this very key: the first whose successor does not begin before the step.
    let index = Math.max(0, low - 1)
    while (
      index > 0 &&
      this.#heads[index] === head &&
      this.#compareFirst(index, key) === 0 &&
      this.#firstStep(index) > step
    )
      index--
    return index
  }

  #firstStep(index: number): number {
    const [first] = entriesOf(this.#block(index), this.from)
    return first!.step
  }

  /** First keys are padded with zeros: an account's is not told from that of a slot whose hash is zero, which nobody can find. */
  #compareFirst(index: number, key: Uint8Array): number {
    const at = slotKeyLength * index
    for (let i = 0; i < slotKeyLength; i++) {
      const difference = this.#keys[at + i]! - (key[i] ?? 0)
      if (difference !== 0) return difference
    }
    return 0
  }

  /** Its number in the cache. */
  #cached(index: number): number {
    return this.#cache.get(this.#blocks, index) ?? this.#cache.put(this.#blocks, index, this.#read(index))
  }

  /** A copy. */
  #block(index: number): Uint8Array {
    const at = blockSize * this.#cached(index)
    return this.#cache.bytes.slice(at, at + blockSize)
  }

  #read(index: number): Uint8Array {
    const block = new Uint8Array(blockSize)
    if (this.#file.readNow(block, blockSize * (1 + index)) !== blockSize) throw this.#damaged(index)
    this.#assertGood(block, index)
    return block
  }

  /** A block that a writer made for this place: another one would be searched in vain, or give what is another key's. */
  #assertGood(block: Uint8Array, index: number): void {
    if (!isWhole(block)) throw this.#damaged(index)
    if (!isSound(block, this.#writtenTo - this.from)) throw this.#disordered(index)
    const first = firstKeyOf(block)
    if (compareKeys(padded(first), this.#firstKey(index)) !== 0) throw this.#disordered(index)
    if (index + 1 < this.blockCount && compareKeys(lastKeyOf(block), this.#firstKey(index + 1)) > 0)
      throw this.#disordered(index)
  }

  #disordered(index: number): StateError {
    return new StateError(
      'damaged',
      `${this.name} is damaged: the entries of block ${index} are not in order.`,
    )
  }

  #damaged(index: number): StateError {
    return new StateError('damaged', `${this.name} is damaged: block ${index} has another checksum.`)
  }
}
