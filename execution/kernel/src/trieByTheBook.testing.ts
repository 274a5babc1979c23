import { keccak256 } from './keccak.js'
import { encode, type RlpItem } from './rlp.js'

type Entry = { nibbles: number[]; value: Uint8Array }

/** The root of a trie with these entries, straight from the Yellow Paper's appendix D: all entries at once, no tree. */
export function rootByTheBook(entries: Iterable<{ key: Uint8Array; value: Uint8Array }>): Uint8Array {
  const all = [...entries].map(({ key, value }) => ({
    nibbles: [...key].flatMap((byte) => [byte >> 4, byte & 15]),
    value,
  }))
  return keccak256(encode(node(all)))
}

function node(entries: Entry[]): RlpItem {
  const [first, ...others] = entries
  if (!first) return new Uint8Array()
  if (others.length === 0) return [hexPrefix(first.nibbles, true), first.value]
  let common = 0
  while (
    common < first.nibbles.length &&
    others.every(({ nibbles }) => nibbles[common] === first.nibbles[common])
  ) {
    common++
  }
  if (common > 0) return [hexPrefix(first.nibbles.slice(0, common), false), reference(skip(entries, common))]
  const children = Array.from({ length: 16 }, (_, nibble) =>
    reference(
      skip(
        entries.filter(({ nibbles }) => nibbles[0] === nibble),
        1,
      ),
    ),
  )
  return [...children, entries.find(({ nibbles }) => nibbles.length === 0)?.value ?? new Uint8Array()]
}

function skip(entries: Entry[], count: number): Entry[] {
  return entries.map(({ nibbles, value }) => ({ nibbles: nibbles.slice(count), value }))
}

function reference(entries: Entry[]): RlpItem {
  const item = node(entries)
  const encoded = encode(item)
  return encoded.length < 32 ? item : keccak256(encoded)
}

function hexPrefix(nibbles: number[], leaf: boolean): Uint8Array {
  const odd = nibbles.length % 2
  const padded = odd ? [...nibbles] : [0, ...nibbles]
  padded.unshift((leaf ? 2 : 0) + odd)
  return Uint8Array.from({ length: padded.length / 2 }, (_, i) => padded[2 * i]! * 16 + padded[2 * i + 1]!)
}
