import { compareEntries, type HistoryEntry } from './key.js'

type Source = AsyncIterator<HistoryEntry> | Iterator<HistoryEntry>

/** Sorted entries of several sources as one sorted stream. Sources are few: a search among them is as good as a heap. */
export async function* merged(
  sources: readonly (AsyncIterable<HistoryEntry> | Iterable<HistoryEntry>)[],
): AsyncGenerator<HistoryEntry> {
  const heads: { source: Source; entry: HistoryEntry }[] = []
  for (const iterable of sources) {
    const source: Source =
      Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
    const { done, value } = await source.next()
    if (!done) heads.push({ source, entry: value })
  }
  while (heads.length > 0) {
    const least = leastOf(heads)
    const head = heads[least]!
    yield head.entry
    const { done, value } = await head.source.next()
    if (done) heads.splice(least, 1)
    else head.entry = value
  }
}

/** The same at once. */
export function* mergedNow(sources: readonly Iterable<HistoryEntry>[]): Generator<HistoryEntry> {
  const heads: { source: Iterator<HistoryEntry>; entry: HistoryEntry }[] = []
  for (const iterable of sources) {
    const source = iterable[Symbol.iterator]()
    const { done, value } = source.next()
    if (!done) heads.push({ source, entry: value })
  }
  while (heads.length > 0) {
    const least = leastOf(heads)
    const head = heads[least]!
    yield head.entry
    const { done, value } = head.source.next()
    if (done) heads.splice(least, 1)
    else head.entry = value
  }
}

function leastOf(heads: readonly { entry: HistoryEntry }[]): number {
  let least = 0
  for (let i = 1; i < heads.length; i++) {
    if (compareEntries(heads[i]!.entry, heads[least]!.entry) < 0) least = i
  }
  return least
}
