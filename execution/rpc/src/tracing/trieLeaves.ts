import { bytesToHex, type RlpDecoded, rlp } from '@metis-stack/kernel'
import type { View } from '@metis-stack/metisdb'

/** Leaves of a trie whose path is not below `from`, with what they hold. */
export function* leaves(
  view: View,
  reference: RlpDecoded,
  path: number[],
  from: number[],
): Generator<[path: number[], content: Uint8Array]> {
  if (isBefore(path, from)) return
  const node = resolve(view, reference)
  if (node === undefined) return
  if (node.length === 17) {
    for (let nibble = 0; nibble < 16; nibble++) yield* leaves(view, node[nibble]!, [...path, nibble], from)
    return
  }
  const [key, content] = node as [Uint8Array, RlpDecoded]
  const nibbles = nibblesOf(key)
  const isLeaf = nibbles[0]! >= 2
  const rest = nibbles.slice(nibbles[0]! % 2 === 1 ? 1 : 2)
  const whole = [...path, ...rest]
  if (!isLeaf) yield* leaves(view, content, whole, from)
  else if (!isBefore(whole, from)) yield [whole, content as Uint8Array]
}

/** Does everything under this path come before `from`? */
function isBefore(path: number[], from: number[]): boolean {
  for (const [i, nibble] of from.entries()) {
    const ours = path[i]
    if (ours === undefined || ours > nibble) return false
    if (ours < nibble) return true
  }
  return false
}

/** A node by its hash, or as it stands in its parent; `undefined` for an empty place. */
function resolve(view: View, reference: RlpDecoded): RlpDecoded[] | undefined {
  if (Array.isArray(reference)) return reference
  if (reference.length === 0) return undefined
  const encoded = view.preimage(reference)
  if (encoded === undefined) throw new Error(`trie node ${bytesToHex(reference)} is missing`)
  return rlp.decode(encoded) as RlpDecoded[]
}

export function nibblesOf(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 15])
}

export function hexOfPath(path: number[]): string {
  return `0x${path.map((nibble) => nibble.toString(16)).join('')}`
}
