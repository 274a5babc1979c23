import { emptyTrieRoot, equalBytes, type RlpDecoded, rlp } from '@metis-stack/kernel'
import { StateError } from './errors.js'
import type { Touched } from './interface.js'
import { type WantedKey, wantedKeys } from './touched.js'

type Preimage = (hash: Uint8Array) => Uint8Array | undefined

/** The nodes that executing needs of the state under `root`, fetched by hash from the root down. */
export function witnessByHash(root: Uint8Array, preimage: Preimage, touched: Touched): Uint8Array[] {
  const nodes: Uint8Array[] = []
  const accounts = wantedKeys(touched)
  const walk = new Walk(preimage, nodes)
  if (equalBytes(root, emptyTrieRoot)) return nodes
  walk.visit(root, 0, accounts)
  for (const { key, slots } of accounts) {
    const leaf = walk.leaves.get(Buffer.from(key).toString('latin1'))
    if (!leaf || slots.length === 0) continue
    const [, , storageRoot] = rlp.decode(leaf) as Uint8Array[]
    if (!equalBytes(storageRoot!, emptyTrieRoot)) new Walk(preimage, nodes).visit(storageRoot!, 0, slots)
  }
  return nodes
}

/** One walk of a trie; see the kernel's `metisdb/witness.ts` for what it takes. */
class Walk {
  /** Values of the wanted keys that are there. */
  readonly leaves = new Map<string, Uint8Array>()
  readonly #preimage: Preimage
  readonly #nodes: Uint8Array[]

  constructor(preimage: Preimage, nodes: Uint8Array[]) {
    this.#preimage = preimage
    this.#nodes = nodes
  }

  /** Whether nothing of the subtrie remains when all that may be removed is. */
  visit(reference: RlpDecoded, depth: number, keys: readonly WantedKey[]): boolean {
    const node = this.#open(reference)
    if (node.length === 17) return this.#visitBranch(node, depth, keys)
    const [path, below] = node as [Uint8Array, RlpDecoded]
    const { nibbles, isLeaf } = decodePath(path)
    const end = depth + nibbles.length
    const under = keys.filter(({ key }) => nibbles.every((nibble, i) => nibble === nibbleOf(key, depth + i)))
    if (!isLeaf) return under.length > 0 && this.visit(below, end, under)
    const [wanted] = under
    if (!wanted) return false
    this.leaves.set(Buffer.from(wanted.key).toString('latin1'), below as Uint8Array)
    return wanted.removed
  }

  #visitBranch(node: RlpDecoded[], depth: number, keys: readonly WantedKey[]): boolean {
    const children = node
      .slice(0, 16)
      .flatMap((child, nibble) => (child.length === 0 ? [] : [{ child, nibble }]))
    const staying = children.filter(({ child, nibble }) => {
      const under = keys.filter(({ key }) => nibbleOf(key, depth) === nibble)
      return under.length === 0 || !this.visit(child, depth + 1, under)
    })
    const [last] = staying
    if (staying.length === 1 && staying.length < children.length) {
      if (!keys.some(({ key }) => nibbleOf(key, depth) === last!.nibble)) this.#open(last!.child)
    }
    return staying.length === 0
  }

  /** A node by its hash, or as it is embedded in another. */
  #open(reference: RlpDecoded): RlpDecoded[] {
    if (Array.isArray(reference)) return reference
    const bytes = this.#preimage(reference)
    if (!bytes) throw new StateError('damaged', 'A node of the state is missing.')
    this.#nodes.push(bytes)
    return rlp.decode(bytes) as RlpDecoded[]
  }
}

function decodePath(path: Uint8Array): { nibbles: number[]; isLeaf: boolean } {
  const nibbles = [...path].flatMap((byte) => [byte >> 4, byte & 15])
  const flag = nibbles[0]!
  return { nibbles: nibbles.slice(flag & 1 ? 1 : 2), isLeaf: (flag & 2) !== 0 }
}

const nibbleOf = (key: Uint8Array, depth: number): number =>
  depth & 1 ? key[depth >> 1]! & 15 : key[depth >> 1]! >> 4
