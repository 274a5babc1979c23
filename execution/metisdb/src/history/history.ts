/**
 * The states that are no longer kept as tries, as reverse differences. States are counted along one line, from the oldest that was
 * ever let go; step `s` is what state `s` had and state `s + 1` has not. So what a key had in state `s` is what the first step
 * from `s` on that has the key replaced, and if there is none, what the oldest kept state has.
 *
 * A step is taken when a version becomes the oldest and has one child left: branches that a reorganisation gave up are gone by
 * then, and never get in. Steps are in memory first (the tail) and go to a segment file before a base without their
 * versions takes the place of one with them (`flush`): after a crash the older base and the log give the same
 * versions again, which are taken again, and steps that are there already are recognised by their roots. A commit waits
 * for none of this. If after a crash another branch wins than the one that was taken, the line is cut where they part.
 *
 * Segments (segment.ts) follow each other without a gap. Four or more of about the same size, or smaller, at the end of the line
 * become one; what a segment covers that is within another one's range is what a merge left over.
 */
import { equalBytes } from '@metis-stack/kernel'
import { type File, type Files, tracked } from '../engine/files.js'
import { anyChain } from '../engine/wal.js'
import { StateError } from '../errors.js'
import { BlockCache } from './blockCache.js'
import { compareKeys, type HistoryEntry } from './key.js'
import { merged, mergedNow } from './merge.js'
import { rangeOf, Segment, type SegmentRange, segmentName, writeSegment } from './segment.js'
import { Tail } from './tail.js'

export type HistoryOptions = {
  /** Bytes of blocks kept in memory; 32 MiB when absent. */
  cacheBytes?: number
  /** Bytes of steps in memory after which they go to a segment, checkpoint or not; 16 MiB when absent. */
  tailBytes?: number
}

export type HistoryStats = {
  /** States that can be read. */
  states: number
  segments: number
  /** Bytes of the segments. */
  bytes: number
  entries: number
  /** Steps that are in memory only. */
  tailSteps: number
}

const mergeWidth = 4
/** A file that says that there is a history, before it has a segment. */
const marker = 'hist'
const smallestTier = 64 * 1024

export class History {
  readonly #files: Files
  readonly #options: Required<HistoryOptions>
  readonly #cache: BlockCache
  /** Oldest first, without gaps. */
  #segments: Segment[]
  /** Being written to a segment; still read from here. */
  #flushing: Tail | undefined
  #tail: Tail | undefined
  /** Step of the version that is taken next: less than `to` while versions come that were taken before a crash. */
  #cursor: number | undefined
  #work: Promise<void> = Promise.resolve()
  #failure: unknown
  #chainId = anyChain
  /** Bytes of the tail at which it is flushed by itself. */
  #flushAt: number

  /** Whether a folder has one. */
  static async isIn(files: Files): Promise<boolean> {
    return (await files.list()).some((name) => name === marker || rangeOf(name) !== undefined)
  }

  static async remove(files: Files): Promise<void> {
    for (const name of await files.list()) if (name === marker || rangeOf(name)) await files.remove(name)
  }

  /** @throws {StateError} `damaged`, `wrongVersion` */
  static async open(files: Files, options: HistoryOptions = {}): Promise<History> {
    await (await files.open(marker)).close()
    const opening = tracked(files)
    const cache = new BlockCache(options.cacheBytes ?? 32 * 1024 * 1024)
    try {
      const ranges: SegmentRange[] = []
      for (const name of await files.list()) {
        const range = rangeOf(name)
        if (range) ranges.push(range)
        else if (/^hist\..*\.tmp$/.test(name)) await files.remove(name)
      }
      const segments: Segment[] = []
      for (const range of await withoutLeftovers(files, ranges)) {
        const before = segments.at(-1)
        if (before && before.to !== range.from)
          throw new StateError(
            'damaged',
            `The history is damaged: steps ${before.to} to ${range.from} are missing.`,
          )
        const segment = await Segment.open(await opening.open(segmentName(range)), segmentName(range), cache)
        segments.push(segment)
      }
      return new History(files, options, { cache, segments })
    } catch (error) {
      await opening.closeAll()
      throw error
    }
  }

  private constructor(
    files: Files,
    options: HistoryOptions,
    { cache, segments }: { cache: BlockCache; segments: Segment[] },
  ) {
    this.#files = files
    this.#options = { cacheBytes: 0, tailBytes: 16 * 1024 * 1024, ...options }
    this.#cache = cache
    this.#segments = segments
    this.#flushAt = this.#options.tailBytes
    const last = segments.at(-1)
    if (last) this.#tail = new Tail(last.to, last.root(last.to))
  }

  /** Names the chain. @throws {StateError} `wrongChain` when the segments are of another one */
  begin(chainId: bigint): void {
    const other = this.#segments.find(
      (segment) => segment.chainId !== anyChain && segment.chainId !== chainId,
    )
    if (other)
      throw new StateError('wrongChain', `${other.name} belongs to chain ${other.chainId}, not ${chainId}.`)
    this.#chainId = chainId
  }

  /** The oldest state that can be read. */
  get from(): number {
    return this.#segments[0]?.from ?? this.#flushing?.from ?? this.#tail?.from ?? 0
  }

  /** The number of the state after the last step. */
  get to(): number {
    return this.#tail?.to ?? 0
  }

  stats(): HistoryStats {
    const sum = (of: (segment: Segment) => number): number =>
      this.#segments.reduce((total, segment) => total + of(segment), 0)
    return {
      states: this.to - this.from,
      segments: this.#segments.length,
      bytes: sum(({ bytes }) => bytes),
      entries: sum(({ entryCount }) => entryCount),
      tailSteps: this.to - (this.#segments.at(-1)?.to ?? this.from),
    }
  }

  /**
   * After opening: the oldest kept version has `root`, and its only child, if it has one, `next`. Without a place in the
   * line for it the states before are not connected with it, and go.
   */
  async link(root: Uint8Array, next: Uint8Array | undefined): Promise<void> {
    if (!this.#tail) {
      this.#tail = new Tail(0, root)
      this.#cursor = 0
      return
    }
    this.#cursor = this.#place(root, next)
    if (this.#cursor !== undefined) return
    for (const segment of [...this.#segments].reverse()) await this.#drop(segment)
    // Numbers go on: a segment of before that is found after a crash fits nowhere.
    this.#tail = new Tail(this.to + 1, root)
    this.#cursor = this.#tail.from
  }

  /** A version of this root goes, the next one has `next`; `differences` tells what it had and the next one has not. */
  take(root: Uint8Array, next: Uint8Array, differences: () => Omit<HistoryEntry, 'step'>[]): boolean {
    if (!this.#tail) this.#tail = new Tail(0, root)
    this.#cursor ??= this.#place(root, next)
    const step = this.#cursor
    if (step === undefined || !equalBytes(this.root(step), root)) return false
    if (step < this.to && !equalBytes(this.root(step + 1), next)) this.#cut(step)
    if (step === this.to) this.#tail.add(differences(), next)
    this.#cursor = step + 1
    if (this.#tail.bytes > this.#flushAt && !this.#flushing) void this.flush().catch(() => {})
    return true
  }

  /**
   * All that was taken is durable when resolved.
   *
   * @throws what the disk says
   */
  async flush(): Promise<void> {
    this.#enqueue(() => this.#flush())
    await this.#work
    if (this.#failure) throw this.#failure
  }

  /** The last state with this root. */
  find(root: Uint8Array): number | undefined {
    const step = this.#tail?.find(root) ?? this.#flushing?.find(root)
    if (step !== undefined) return step
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      const found = this.#segments[index]!.find(root)
      if (found !== undefined) return found
    }
    return undefined
  }

  root(step: number): Uint8Array {
    if (this.#tail && step >= this.#tail.from) return this.#tail.root(step)
    if (this.#flushing && step >= this.#flushing.from) return this.#flushing.root(step)
    return this.#segments.find((segment) => step < segment.to)!.root(step)
  }

  /**
   * What the key had in a state; `undefined` when nothing has changed it since.
   *
   * @throws {StateError} `damaged`
   */
  value(key: Uint8Array, step: number): Uint8Array | undefined {
    const segments = this.#segments
    let low = 0
    let high = segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (segments[middle]!.to <= step) low = middle + 1
      else high = middle
    }
    for (let index = low; index < segments.length; index++) {
      const value = segments[index]!.value(key, step)
      if (value) return value
    }
    return this.#flushing?.value(key, step) ?? this.#tail?.value(key, step)
  }

  /** What a state had that has changed since, by key. @throws {StateError} `damaged` */
  *changesSince(step: number): Generator<HistoryEntry> {
    const sources: Iterable<HistoryEntry>[] = this.#segments
      .filter((segment) => segment.to > step)
      .map((segment) => segment.entriesNow())
    for (const tail of [this.#flushing, this.#tail]) if (tail) sources.push(tail.entries())
    let last: Uint8Array | undefined
    for (const entry of mergedNow(sources)) {
      if (entry.step < step || (last && compareKeys(last, entry.key) === 0)) continue
      last = entry.key
      yield entry
    }
  }

  /** Lets go of the states before one that is in a segment; returns how many went. */
  async prune(before: number): Promise<number> {
    const from = this.from
    this.#enqueue(async () => {
      while (this.#segments[0] && this.#segments[0].to <= before) {
        await this.#drop(this.#segments[0])
      }
      const first = this.#segments[0]
      if (first && first.from < before) await this.#replace([first], before)
    })
    await this.#work
    return this.from - from
  }

  /** Runs an action during which the files of the history stay as they are. */
  async held<Result>(action: () => Promise<Result>): Promise<Result> {
    const turn = this.#work.catch(() => {}).then(action)
    this.#work = turn.then(
      () => {},
      () => {},
    )
    return turn
  }

  /** Names of the segments that, together, have all that was flushed. */
  names(): string[] {
    return this.#segments.map(({ name }) => name)
  }

  /** Reads everything. @throws {StateError} `damaged` */
  async verify(onSegment: (done: number, of: number) => void = () => {}): Promise<void> {
    for (const [index, segment] of this.#segments.entries()) {
      let before: HistoryEntry | undefined
      for await (const entry of segment.entries()) {
        if (before && (compareKeys(before.key, entry.key) || before.step - entry.step) >= 0)
          throw new StateError('damaged', `${segment.name} is damaged: its entries are not in order.`)
        before = entry
      }
      onSegment(index + 1, this.#segments.length)
    }
  }

  async close(): Promise<void> {
    await this.#work.catch(() => {})
    for (const segment of this.#segments) await segment.close()
  }

  #place(root: Uint8Array, next: Uint8Array | undefined): number | undefined {
    if (!this.#tail) return undefined
    if (equalBytes(this.root(this.to), root)) return this.to
    for (let step = this.to - 1; step >= this.from; step--) {
      if (!equalBytes(this.root(step), root)) continue
      if (!next || equalBytes(this.root(step + 1), next)) return step
    }
    return this.find(root)
  }

  #cut(step: number): void {
    if (this.#tail!.from <= step) this.#tail = this.#tail!.before(step)
    else {
      const root = this.root(step)
      if (this.#flushing && this.#flushing.from <= step) this.#flushing = this.#flushing.before(step)
      else this.#flushing = undefined
      for (const segment of this.#segments) segment.cut(step)
      this.#tail = new Tail(step, root)
    }
  }

  #enqueue(action: () => Promise<void>): void {
    this.#work = this.#work
      .catch(() => {})
      .then(action)
      .then(
        () => {
          this.#failure = undefined
        },
        (error) => {
          this.#failure = error
        },
      )
  }

  async #flush(): Promise<void> {
    await this.#rewriteCut()
    const tail = this.#tail
    if (!tail || tail.to === tail.from) return
    this.#flushing = tail
    this.#tail = new Tail(tail.to, tail.root(tail.to))
    try {
      const segment = await this.#write(tail, tail.entries(), tail.roots)
      this.#segments.push(segment)
      this.#flushing = undefined
      this.#flushAt = this.#options.tailBytes
      // A cut that came meanwhile.
      segment.cut(this.#tail.from)
    } catch (error) {
      this.#rejoin(tail)
      this.#flushAt = this.#tail.bytes + this.#options.tailBytes
      throw error
    }
    await this.#mergeEnd()
  }

  /** What could not be written stays in memory. */
  #rejoin(tail: Tail): void {
    const whole = tail.before(Math.min(tail.to, this.#tail!.from))
    const added = this.#tail!
    const entries = added.entries()
    for (let step = added.from; step < added.to; step++) {
      const values = entries.filter((entry) => entry.step === step)
      whole.add(values, added.root(step + 1))
    }
    this.#tail = whole
    this.#flushing = undefined
  }

  async #rewriteCut(): Promise<void> {
    const first = this.#segments.findIndex((segment) => segment.isCut)
    if (first < 0) return
    const [cut, ...gone] = this.#segments.slice(first)
    // From the end, so that what a crash leaves has no gap.
    for (const segment of gone.reverse()) await this.#drop(segment)
    if (cut!.to > cut!.from) await this.#replace([cut!])
    else await this.#drop(cut!)
  }

  async #drop(segment: Segment): Promise<void> {
    this.#segments = this.#segments.filter((other) => other !== segment)
    await segment.close()
    await this.#files.remove(segment.name)
    await this.#files.syncFolder()
  }

  async #mergeEnd(): Promise<void> {
    const tiers = this.#segments.map(({ bytes }) =>
      Math.floor(Math.log(bytes / smallestTier) / Math.log(mergeWidth)),
    )
    for (let tier = 0; tier <= Math.max(0, ...tiers); tier++) {
      let count = 0
      while (count < tiers.length && tiers[tiers.length - 1 - count]! <= tier) count++
      if (count >= mergeWidth) return this.#replace(this.#segments.slice(-count))
    }
  }

  /** Segments that follow each other become one, which begins at `from`. */
  async #replace(old: readonly Segment[], from: number = old[0]!.from): Promise<void> {
    const range = { from, to: old.at(-1)!.to }
    const roots = Buffer.concat(old.map((segment) => segment.rootsFrom(Math.max(from, segment.from))))
    const last = old.at(-1)!
    const segment = await this.#write(
      range,
      merged(old.map((one) => one.entries(from))),
      Buffer.concat([roots, last.root(last.to)]),
    )
    const at = this.#segments.indexOf(old[0]!)
    this.#segments = this.#segments.toSpliced(at, old.length, segment)
    for (const one of old) {
      await one.close()
      if (one.name !== segment.name) await this.#files.remove(one.name)
    }
  }

  async #write(
    { from, to }: SegmentRange,
    entries: Iterable<HistoryEntry> | AsyncIterable<HistoryEntry>,
    roots: Uint8Array,
  ): Promise<Segment> {
    const name = segmentName({ from, to })
    const temporary = `${name}.tmp`
    const file: File = await this.#files.open(temporary)
    try {
      await writeSegment(file, { from, to, chainId: this.#chainId }, entries, roots)
      await file.close()
    } catch (error) {
      await file.close().catch(() => {})
      await this.#files.remove(temporary).catch(() => {})
      throw error
    }
    await this.#files.rename(temporary, name)
    await this.#files.syncFolder()
    return Segment.open(await this.#files.open(name), name, this.#cache)
  }
}

/** Ranges that are in no other one's, in order; files of the others are removed. */
async function withoutLeftovers(files: Files, ranges: SegmentRange[]): Promise<SegmentRange[]> {
  const sorted = ranges.sort((a, b) => a.from - b.from || b.to - a.to)
  const kept: SegmentRange[] = []
  for (const range of sorted) {
    const before = kept.at(-1)
    if (before && range.to <= before.to) await files.remove(segmentName(range))
    else kept.push(range)
  }
  return kept
}
