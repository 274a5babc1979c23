import { keccak256 } from '@metis-stack/kernel'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../engine/bytes.js'
import { SimulatedDisk } from '../engine/disk.testing.js'
import { blockSize } from './block.js'
import { BlockCache } from './blockCache.js'
import { compareEntries, type HistoryEntry } from './key.js'
import { Segment, writeSegment } from './segment.js'

const steps = 4
const roots = Buffer.concat(Array.from({ length: steps + 1 }, (_, n) => keccak256(Uint8Array.of(n))))
const entries: HistoryEntry[] = Array.from({ length: 200 }, (_, n) => ({
  key: keccak256(Uint8Array.of(n)),
  step: n % steps,
  value: Uint8Array.of(n),
})).sort(compareEntries)

type Change = (block: Uint8Array, view: DataView) => void

/** A segment of which one block was changed and then sealed again: its checksum is right. */
async function segmentWith(change: Change, index = 0): Promise<Segment> {
  const file = await new SimulatedDisk(() => 0.5).open('segment')
  await writeSegment(file, { from: 0, to: steps, chainId: 1n }, entries, roots)
  const block = new Uint8Array(blockSize)
  await file.read(block, blockSize * (1 + index))
  const view = new DataView(block.buffer)
  change(block, view)
  view.setUint32(0, crc32(block.subarray(4)), true)
  await file.write(block, blockSize * (1 + index))
  return Segment.open(file, 'segment', new BlockCache(100_000))
}

const place = (view: DataView, index: number): number => view.getUint16(blockSize - 2 * (index + 1), true)
const setPlace = (view: DataView, index: number, at: number): void =>
  view.setUint16(blockSize - 2 * (index + 1), at, true)

const hostile: [what: string, change: Change][] = [
  ['more entries than a block can have', (_, view) => view.setUint16(4, 513, true)],
  ['as many entries as a number can say', (_, view) => view.setUint16(4, 65535, true)],
  ['no entries', (_, view) => view.setUint16(4, 0, true)],
  [
    'two entries in the wrong order',
    (_, view) => {
      const [a, b] = [place(view, 3), place(view, 4)]
      setPlace(view, 3, b)
      setPlace(view, 4, a)
    },
  ],
  ['one entry twice', (_, view) => setPlace(view, 4, place(view, 3))],
  [
    'a key that is smaller than the one before',
    (block, view) => block.fill(0, place(view, 5) + 1, place(view, 5) + 33),
  ],
  [
    'a first key that is not the one of the table',
    (block, view) => block.fill(0, place(view, 0) + 1, place(view, 0) + 9),
  ],
  [
    'a last key beyond the next block',
    (block, view) => {
      const last = place(view, view.getUint16(4, true) - 1)
      block.fill(0xff, last + 1, last + 33)
    },
  ],
  ['an entry outside of the block', (_, view) => setPlace(view, 2, 60_000)],
  [
    'a value that is longer than what is left',
    (block, view) => block.fill(255, place(view, 2) + 37, place(view, 2) + 38),
  ],
  ['a kind that there is not', (block, view) => block.fill(2, place(view, 2), place(view, 2) + 1)],
  ['a common beginning longer than a key', (block) => block.fill(200, 6, 7)],
  ['a step that the segment has not', (_, view) => view.setUint32(place(view, 2) + 33, 1000, true)],
]

describe('A history file with right checksums', () => {
  it('gives what was written when nothing was changed', async () => {
    const segment = await segmentWith(() => {})
    expect(segment.blockCount).toBeGreaterThan(1)
    for (const { key, step, value } of entries) {
      expect(segment.value(key, 0)).toEqual(value)
      expect(segment.value(key, step + 1)).toBeUndefined()
    }
    const read: HistoryEntry[] = []
    for await (const entry of segment.entries()) read.push(entry)
    expect(read).toEqual(entries)
  })

  it.each(hostile)('and %s is damaged for whoever reads there', async (_, change) => {
    const segment = await segmentWith(change)
    const damaged = expect.objectContaining({ code: 'damaged' })
    expect(() => segment.value(entries[0]!.key, 0)).toThrow(damaged)
    expect(() => [...segment.entriesNow()]).toThrow(damaged)
    await expect(
      (async () => {
        for await (const entry of segment.entries()) expect(entry.key.length).toBe(32)
      })(),
    ).rejects.toEqual(damaged)
    // Other blocks are good.
    const last = entries.at(-1)!
    expect(segment.value(last.key, last.step)).toEqual(last.value)
  })

  it.each([
    ['keys that are not in order', 0],
    ['steps that are not in the order of their roots', 1],
  ])('and tables with %s is damaged at once', async (_, which) => {
    const file = await new SimulatedDisk(() => 0.5).open('segment')
    await writeSegment(file, { from: 0, to: steps, chainId: 1n }, entries, roots)
    const header = new Uint8Array(blockSize)
    await file.read(header, 0)
    const view = new DataView(header.buffer)
    const blocks = Number(view.getBigUint64(48, true))
    const tables = new Uint8Array(64 * blocks + 36 * steps)
    const at = blockSize * (1 + blocks)
    await file.read(tables, at)
    if (which === 0) tables.fill(0xff, 0, 64)
    else tables.fill(255, tables.length - 4)
    await file.write(tables, at)
    view.setUint32(96, crc32(tables), true)
    view.setUint32(100, crc32(header.subarray(0, 100)), true)
    await file.write(header, 0)
    await expect(Segment.open(file, 'segment', new BlockCache(100_000))).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringContaining('not in order'),
    })
  })
})
