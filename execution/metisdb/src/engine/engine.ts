import { StateError } from '../errors.js'
import { keyOf } from '../key.js'
import type { Arena } from './arena.js'
import type { CodeFile } from './codes.js'
import type { HotState } from './hot.js'
import type { Entry } from './journal.js'
import { Leases } from './leases.js'
import type { Version, Versions } from './version.js'

/** What views, overlays and the state share. */
export class Engine {
  readonly arena: Arena
  readonly versions: Versions
  readonly hot: HotState
  readonly codes: CodeFile
  readonly leases: Leases
  readonly #append: (entry: Entry) => Promise<void>
  closed = false

  constructor(
    parts: { arena: Arena; versions: Versions; hot: HotState; codes: CodeFile },
    append: (entry: Entry) => Promise<void>,
  ) {
    this.arena = parts.arena
    this.versions = parts.versions
    this.hot = parts.hot
    this.codes = parts.codes
    this.leases = new Leases(parts.versions)
    this.#append = append
  }

  assertOpen(): void {
    if (this.closed) throw new StateError('closed', 'The state was closed.')
    if (this.arena.failure) throw this.arena.failure
  }

  /** The version that comes from `parent` by these changes; `parent` itself when they change nothing. */
  derive(
    parent: Version,
    batches: readonly Uint8Array[],
    { codes, clearsStorage }: { codes: ReadonlyMap<string, Uint8Array>; clearsStorage: boolean },
  ): Version {
    const version = this.deriveBatches(parent, batches, false)
    if (version === parent) return parent
    version.codes = codes.size > 0 ? codes : undefined
    version.clearsStorage = clearsStorage
    return version
  }

  /** The same from encoded changes; `hashed`: accounts and slots are named by their hashes. */
  deriveBatches(parent: Version, batches: readonly Uint8Array[], hashed: boolean): Version {
    const sealed = this.arena.write(parent, batches, hashed)
    if (!sealed) return parent
    const version = this.versions.add(parent, sealed)
    version.batches = batches
    version.hashed = hashed
    return version
  }

  /** A code that this version or one below it brought and that is not durable yet, else a durable one. */
  code(version: Version, hash: Uint8Array): Uint8Array | undefined {
    // Bytes are the same wherever they come from.
    const cached = this.codes.cached(hash)
    if (cached) return cached
    const key = keyOf(hash)
    for (let at: Version | undefined = version; at && at.log !== 'durable'; at = at.parent) {
      const code = at.codes?.get(key)
      if (code) return code
    }
    return this.codes.get(hash, key)
  }

  /** Makes the version durable and keeps it. */
  async commit(version: Version): Promise<void> {
    const path: Version[] = []
    for (let at: Version | undefined = version; at && at.log === 'none'; at = at.parent) path.push(at)
    path.reverse()
    if (path.length === 0 && (this.versions.isNewest(version) || version === this.versions.empty)) {
      this.hot.advance(version)
      return
    }
    const records = path.map((at) => ({
      parentRoot: at.parent!.root,
      root: at.root,
      kept: at === version,
      hashed: at.hashed,
      batches: at.batches,
    }))
    // Durable before, as a step to a later one or as an older state: now it is the newest.
    if (path.length === 0)
      records.push({ parentRoot: version.root, root: version.root, kept: true, hashed: false, batches: [] })
    const codes = path.flatMap((at) => [...(at.codes ?? [])])
    const all = path.length === 0 ? [version] : path
    for (const at of all) {
      at.pins++
      if (at.log === 'none') at.log = 'queued'
    }
    try {
      const appended = this.#append({ records, codes })
      try {
        // While the disk is busy.
        this.hot.advance(version)
        this.versions.sweep()
      } finally {
        await appended
      }
      for (const at of path) {
        at.log = 'durable'
        at.batches = []
        at.codes = undefined
      }
      this.versions.keep(version)
      if (path[0]?.parent) this.versions.tidy(path[0].parent)
    } catch (error) {
      for (const at of path) at.log = 'none'
      throw error
    } finally {
      for (const at of all) this.versions.unpin(at)
    }
    this.leases.expire()
    this.versions.prune()
  }
}
