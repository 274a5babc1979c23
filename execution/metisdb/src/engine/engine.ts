import { emptyCodeHash } from '@metis-stack/kernel'
import { StateError } from '../errors.js'
import type { Account } from '../interface.js'
import type { Arena } from './arena.js'
import { type AccountUpdate, encodeBatches } from './batch.js'
import type { CodeFile } from './codes.js'
import type { HotState } from './hot.js'
import type { Entry } from './journal.js'
import type { Version, Versions } from './version.js'

/** What views, overlays and the state share. */
export class Engine {
  readonly arena: Arena
  readonly versions: Versions
  readonly hot: HotState
  readonly codes: CodeFile
  readonly #append: (entry: Entry) => Promise<void>
  closed = false
  #failure: StateError | undefined

  constructor(
    parts: { arena: Arena; versions: Versions; hot: HotState; codes: CodeFile },
    append: (entry: Entry) => Promise<void>,
  ) {
    this.arena = parts.arena
    this.versions = parts.versions
    this.hot = parts.hot
    this.codes = parts.codes
    this.#append = append
  }

  assertOpen(): void {
    if (this.closed) throw new StateError('closed', 'The state was closed.')
    if (this.#failure) throw this.#failure
  }

  account(version: Version, address: Uint8Array): Account | undefined {
    this.assertOpen()
    const hot = this.hot.holds(version)
    if (hot) {
      const known = this.hot.account(address)
      if (known !== null) return known
    }
    const leaf = this.arena.findAccount(version.ref, address)
    const account = leaf === 0 ? undefined : this.arena.readAccount(leaf)
    if (hot) this.hot.remember(address, account)
    return account
  }

  storage(version: Version, address: Uint8Array, slot: Uint8Array): Uint8Array | undefined {
    this.assertOpen()
    const hot = this.hot.holds(version)
    if (hot) {
      const known = this.hot.slot(address, slot)
      if (known !== null) return known
    }
    const leaf = this.arena.findAccount(version.ref, address)
    const value = this.arena.readSlot(this.arena.storageOf(leaf), slot)
    if (hot) this.hot.rememberSlot(address, slot, value)
    return value
  }

  /** The version that comes from `parent` by these updates; `parent` itself when they change nothing. */
  derive(
    parent: Version,
    updates: readonly AccountUpdate[],
    codes: ReadonlyMap<string, Uint8Array>,
  ): Version {
    const batches = encodeBatches(updates, emptyCodeHash)
    const clearsStorage = updates.some(
      ({ address, account, cleared }) =>
        (cleared || !account) && this.arena.storageOf(this.arena.findAccount(parent.ref, address)) !== 0,
    )
    const version = this.#written(() => {
      const ref = this.arena.apply(parent.ref, batches)
      return ref === parent.ref ? parent : this.versions.add(parent, ref, this.arena.seal(ref))
    })
    if (version === parent) return parent
    version.batches = batches
    version.codes = codes.size > 0 ? codes : undefined
    version.clearsStorage = clearsStorage
    return version
  }

  /** Runs what writes to the arena. If it stops in the middle, which only a full memory can do, the arena is good for nothing. */
  #written<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error
      this.#failure = new StateError('outOfMemory', 'The memory of the state is full; open it again.', error)
      throw this.#failure
    }
  }

  /** A code that this version or one below it brought and that is not durable yet, else a durable one. */
  code(version: Version, hash: Uint8Array, key: string): Uint8Array | undefined {
    for (let at: Version | undefined = version; at && at.log !== 'durable'; at = at.parent) {
      const code = at.codes?.get(key)
      if (code) return code
    }
    return this.codes.get(hash)
  }

  /** Makes the version durable and keeps it. */
  async commit(version: Version): Promise<void> {
    this.hot.advance(version)
    const path: Version[] = []
    for (let at: Version | undefined = version; at && at.log === 'none'; at = at.parent) path.push(at)
    path.reverse()
    if (path.length === 0 && (this.versions.isNewest(version) || version === this.versions.empty)) return
    const records = path.map((at) => ({
      parentRoot: at.parent!.root,
      root: at.root,
      kept: at === version,
      batches: at.batches,
    }))
    // Durable before, as a step to a later one or as an older state: now it is the newest.
    if (path.length === 0)
      records.push({ parentRoot: version.root, root: version.root, kept: true, batches: [] })
    const codes = path.flatMap((at) => [...(at.codes ?? [])])
    const all = path.length === 0 ? [version] : path
    for (const at of all) {
      at.pins++
      if (at.log === 'none') at.log = 'queued'
    }
    try {
      await this.#append({ records, codes })
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
    this.versions.prune()
  }
}
