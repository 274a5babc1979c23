import { keyOf } from '../key.js'
import type { Arena } from './arena.js'
import { Garbage } from './garbage.js'
import type { Lists, Sealed, Trie } from './trie.js'

/** One immutable state: a trie that shares what it did not change with its parent. */
export type Version = Trie & {
  readonly root: Uint8Array
  readonly key: string
  parent: Version | undefined
  readonly children: Set<Version>
  /** Nodes that no ancestor has. Unknown (all of its trie's) when it has no ancestors any more. */
  made: Lists | undefined
  /** Nodes that the parent has and this version has not. */
  replaced: Lists
  /** The changes from the parent, until they are in the log. */
  batches: readonly Uint8Array[]
  /** Accounts and slots in these changes are named by their hashes. */
  hashed: boolean
  codes: ReadonlyMap<string, Uint8Array> | undefined
  /** Its changes take the storage away from an account that had some. */
  clearsStorage: boolean
  log: 'none' | 'queued' | 'durable'
  /** Found by its root: a block's state. */
  kept: boolean
  /** Views, overlays and commits that use it. */
  pins: number
}

/** Takes over what is about to go: the changes from `oldest` to `next`, its only child, while both are still readable. */
export type Archive = {
  take(oldest: Version, next: Version): void
  /** Resolved when what was taken survives a power loss. */
  flush(): Promise<void>
}

/** Nodes that become free with every commit, if as many wait; and the share of all that wait, some milliseconds of work at most. */
const freedAnyway = 256
const freedShare = 1 / 32
const freedMost = 4096

/**
 * The tree of versions. A version goes when nobody uses it and it is a leaf (its own nodes are free then) or the oldest one
 * with a single child (what the child replaced is free then). In the middle it stays: it costs what its children replaced.
 */
export class Versions {
  readonly empty: Version
  readonly garbage: Garbage
  readonly #arena: Arena
  readonly #archive: Archive | undefined
  /** States that stay readable, the newest ones. */
  keepBlocks: number
  /** Kept versions, oldest first. */
  readonly #kept = new Set<Version>()
  readonly #byRoot = new Map<string, Version>()
  #newest: Version | undefined

  constructor(arena: Arena, emptyRoot: Uint8Array, options: { keepBlocks: number; archive?: Archive }) {
    this.#arena = arena
    this.garbage = new Garbage(arena)
    this.keepBlocks = options.keepBlocks
    this.#archive = options.archive
    this.empty = newVersion(undefined, { ...arena.empty, root: emptyRoot, made: [], replaced: [] })
    this.empty.log = 'durable'
    this.empty.pins = 1
  }

  get keptCount(): number {
    return this.#kept.size
  }

  /** A kept version by its root. */
  find(root: Uint8Array): Version | undefined {
    const key = keyOf(root)
    return key === this.empty.key ? this.empty : this.#byRoot.get(key)
  }

  add(parent: Version, sealed: Sealed): Version {
    const version = newVersion(parent, sealed)
    parent.children.add(version)
    return version
  }

  /** Keeps it as the newest. */
  keep(version: Version): void {
    if (version === this.empty) return
    version.kept = true
    this.#kept.delete(version)
    this.#kept.add(version)
    this.#newest = version
    this.#byRoot.set(version.key, version)
  }

  isNewest(version: Version): boolean {
    return this.#newest === version && version.kept
  }

  /** Lets the oldest go when there are too many. */
  prune(): void {
    for (const oldest of this.#kept) {
      if (this.#kept.size <= this.keepBlocks) break
      oldest.kept = false
      this.#kept.delete(oldest)
      if (this.#byRoot.get(oldest.key) === oldest) this.#byRoot.delete(oldest.key)
      this.tidy(oldest)
    }
  }

  /** Makes some of what no version has any more free. */
  sweep(): void {
    if (this.garbage.count === 0 || this.#arena.failure) return
    // Twice what the newest made: not much more is changed than by the newest itself. But of what waits no less than a share: more may
    // come than by blocks, from states that are only made to be looked at.
    const made = this.#newest?.made?.reduce((sum, list) => sum + (list?.length ?? 0), 0) ?? 0
    const share = Math.min(Math.ceil(this.garbage.count * freedShare), freedMost)
    this.#guarded(() => this.garbage.free(Math.max(2 * made + freedAnyway, share)))
  }

  unpin(version: Version): void {
    version.pins--
    this.tidy(version)
  }

  /** Lets the version go if it can, and then those that thereby can. What stands in the way is the arena's `failure`. */
  tidy(version: Version): void {
    if (this.#arena.failure) return
    this.#guarded(() => this.#tidy(version))
  }

  #guarded(action: () => void): void {
    try {
      this.#arena.guard(action)
    } catch {
      // Nobody waits for this: whoever comes next is told.
    }
  }

  #tidy(version: Version): void {
    let current: Version | undefined = version
    while (current && isUnused(current) && current.children.size === 0) {
      const parent: Version | undefined = current.parent
      this.#dropLeaf(current)
      current = parent
    }
    while (current && this.#isDispensableOldest(current)) {
      current = this.#dropOldest(current)
    }
  }

  /** All versions but the empty one, parents first. */
  all(): Version[] {
    const result: Version[] = []
    const pending = [...this.empty.children]
    for (let version = pending.pop(); version; version = pending.pop()) {
      result.push(version)
      pending.push(...version.children)
    }
    return result
  }

  /** Kept versions, oldest first. */
  kept(): Version[] {
    return [...this.#kept]
  }

  /** A version that is not durable is written as its changes from its parent: both stay until it is. */
  #isDispensableOldest(version: Version): boolean {
    if (!isUnused(version) || version.parent !== this.empty || version.children.size !== 1) return false
    const [child] = version.children
    return version.log === 'durable' && child!.log === 'durable'
  }

  #dropLeaf(version: Version): void {
    version.parent?.children.delete(version)
    version.parent = undefined
    if (version.made) this.garbage.add(version.made)
    else this.#arena.freeTrie(version)
  }

  #dropOldest(version: Version): Version {
    const [child] = version.children
    this.#archive?.take(version, child!)
    this.garbage.add(child!.replaced)
    child!.replaced = []
    child!.made = undefined
    this.empty.children.delete(version)
    this.empty.children.add(child!)
    child!.parent = this.empty
    version.parent = undefined
    version.children.clear()
    return child!
  }
}

/** Dropped versions have no parent. */
function isUnused(version: Version): boolean {
  return version.parent !== undefined && !version.kept && version.pins === 0
}

function newVersion(parent: Version | undefined, sealed: Sealed): Version {
  const { root, refs, hashes, made, replaced } = sealed
  return {
    root,
    key: keyOf(root),
    refs,
    hashes,
    parent,
    children: new Set(),
    made,
    replaced,
    batches: [],
    hashed: false,
    codes: undefined,
    clearsStorage: false,
    log: 'none',
    kept: false,
    pins: 0,
  }
}
