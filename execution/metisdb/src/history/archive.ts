import { emptyCodeHash, equalBytes } from '@metis-stack/kernel'
import type { Arena } from '../engine/arena.js'
import type { Engine } from '../engine/engine.js'
import { type Pin, Pins } from '../engine/pins.js'
import type { Archive, Version, Versions } from '../engine/version.js'
import { VersionView } from '../engine/view.js'
import { StateError } from '../errors.js'
import type { Overlay, View } from '../interface.js'
import { type Archived, ArchivedView } from './archivedView.js'
import { differences } from './differences.js'
import type { History } from './history.js'
import { batchesOf } from './rebuild.js'

/** Rebuilt states are kept for a while: who asks for one proof asks for others. */
const rebuiltStates = 4
/** Of their nodes; a single one may take more. */
const rebuiltBytes = 64 * 1024 * 1024
const rebuiltMs = 10_000

type Modules = { readonly engine: Engine; readonly pins: Pins; readonly chainId: bigint }

type Rebuilt = {
  version: Version
  /** What its own nodes take. */
  bytes: number
  view: View
  /** Holds the version as long as it can be reached. */
  overlay(): Overlay
}

/** For views whose owner keeps the version. */
class OwnedPins extends Pins {
  override hold(_holder: object, version: Version): Pin {
    return { version }
  }
}

/** Connects the versions with the history: gives it those that go, and answers for them. */
export class StateArchive implements Archive, Archived {
  readonly history: History
  readonly #arena: Arena
  #modules: Modules | undefined
  /** The oldest version of the line that the history is of. */
  #live: Version | undefined
  readonly #rebuilt = new Map<number, Rebuilt>()
  #forgetting: NodeJS.Timeout | undefined

  constructor(history: History, arena: Arena) {
    this.history = history
    this.#arena = arena
  }

  /** After recovery. @throws {StateError} `wrongChain` */
  async attach(modules: Modules): Promise<void> {
    this.#modules = modules
    this.history.begin(modules.chainId)
    const { versions } = modules.engine
    const oldest = oldestOf(versions)
    if (!oldest) return
    const [next] = oldest.children.size === 1 ? oldest.children : []
    await this.history.link(oldest.root, next?.root)
    this.#live = oldest
  }

  take(oldest: Version, next: Version): void {
    const compare = () => differences(this.#arena, oldest, next, emptyCodeHash)
    if (this.history.take(oldest.root, next.root, compare)) this.#live = next
  }

  flush(): Promise<void> {
    return this.history.flush()
  }

  /** A state that is not kept as a trie. */
  view(root: Uint8Array): View | undefined {
    const { engine, pins } = this.#attached()
    const step = this.#live?.parent && this.history.find(root)
    if (step !== undefined) return new ArchivedView(this, step, root)
    const waiting = this.#waiting(root)
    return waiting && new VersionView(engine, pins, waiting)
  }

  /** The same as a version, rebuilt if need be. */
  version(root: Uint8Array): Version | undefined {
    const step = this.#live?.parent && this.history.find(root)
    return step === undefined ? this.#waiting(root) : this.rebuilt(step).version
  }

  /** A version that is not kept and not taken yet either: a view holds it, or one before it. */
  #waiting(root: Uint8Array): Version | undefined {
    const { versions } = this.engine
    return versions.all().find((version) => version.log === 'durable' && equalBytes(version.root, root))
  }

  get engine(): Engine {
    return this.#attached().engine
  }

  /** What has what never changed since. @throws {StateError} `notFound` */
  get live(): Version {
    const live = this.#live
    if (!live?.parent)
      throw new StateError('notFound', 'The states before a reorganisation of all that is kept are gone.')
    return live
  }

  /**
   * The state as a trie, made of the oldest kept one by what has changed since: its memory is that of the changed paths. The version
   * and the view are good until the next turn; who needs the version longer pins it.
   *
   * @throws {StateError} `outOfMemory`, `damaged`
   */
  rebuilt(step: number): Rebuilt {
    const known = this.#rebuilt.get(step)
    if (known) return known
    const { engine, pins } = this.#attached()
    const before = nodeBytes(engine.arena)
    const version = engine.deriveBatches(this.live, batchesOf(this.history.changesSince(step)), true)
    if (!equalBytes(version.root, this.history.root(step)))
      throw new StateError('damaged', 'The history is damaged: it gives another root than it says.')
    version.pins++
    const rebuilt = {
      version,
      bytes: nodeBytes(engine.arena) - before,
      view: new VersionView(engine, new OwnedPins(engine.versions), version),
      overlay: () => new VersionView(engine, pins, version).overlay(),
    }
    this.#rebuilt.set(step, rebuilt)
    this.#forgetSome()
    // Counted from the first one: they hold the oldest version, which must not last.
    this.#forgetting ??= setTimeout(() => this.#forgetAll(), rebuiltMs).unref()
    return rebuilt
  }

  async close(): Promise<void> {
    this.#forgetAll()
    await this.history.close()
  }

  /** The oldest go until the rest is within bounds; the newest stays in any case. */
  #forgetSome(): void {
    let bytes = [...this.#rebuilt.values()].reduce((sum, rebuilt) => sum + rebuilt.bytes, 0)
    for (const [step, rebuilt] of [...this.#rebuilt].slice(0, -1)) {
      if (this.#rebuilt.size <= rebuiltStates && bytes <= rebuiltBytes) return
      bytes -= rebuilt.bytes
      this.#forget(step)
    }
  }

  #forgetAll(): void {
    clearTimeout(this.#forgetting)
    this.#forgetting = undefined
    for (const step of [...this.#rebuilt.keys()]) this.#forget(step)
  }

  #forget(step: number): void {
    const { version } = this.#rebuilt.get(step)!
    this.#rebuilt.delete(step)
    this.engine.versions.unpin(version)
  }

  #attached(): Modules {
    if (!this.#modules) throw new StateError('closed', 'The state is not open yet.')
    return this.#modules
  }
}

/** The first version of the line that leads to the newest kept one. */
export function oldestOf(versions: Versions): Version | undefined {
  let version = versions.kept().at(-1)
  while (version?.parent && version.parent !== versions.empty) version = version.parent
  return version
}

function nodeBytes(arena: Arena): number {
  return arena.size - arena.unused
}
