import { emptyCodeHash, equalBytes } from '@metis-stack/kernel'
import type { Arena } from '../engine/arena.js'
import type { Engine } from '../engine/engine.js'
import type { Pins } from '../engine/pins.js'
import type { Archive, Version, Versions } from '../engine/version.js'
import { VersionView } from '../engine/view.js'
import { StateError } from '../errors.js'
import type { View } from '../interface.js'
import { ArchivedView } from './archivedView.js'
import { differences } from './differences.js'
import type { History } from './history.js'
import { batchesOf } from './rebuild.js'

/** Rebuilt states are kept for a while: who asks for one proof asks for others. */
const rebuiltStates = 4
const rebuiltMs = 30_000

type Modules = { engine: Engine; pins: Pins }

/** Connects the versions with the history: gives it those that go, and answers for them. */
export class StateArchive implements Archive {
  readonly history: History
  readonly #arena: Arena
  #modules: Modules | undefined
  /** The oldest version of the line that the history is of. */
  #live: Version | undefined
  readonly #rebuilt = new Map<number, VersionView>()
  #forgetting: NodeJS.Timeout | undefined

  constructor(history: History, arena: Arena) {
    this.history = history
    this.#arena = arena
  }

  /** After recovery. */
  async attach(modules: Modules): Promise<void> {
    this.#modules = modules
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
    // It waits to be taken: a view holds it or one before it.
    const waiting = engine.versions
      .all()
      .find((version) => version.log === 'durable' && equalBytes(version.root, root))
    return waiting && new VersionView(engine, pins, waiting)
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
   * The state as a trie, made of the oldest kept one by what has changed since: its memory is that of the changed paths.
   *
   * @throws {StateError} `outOfMemory`, `damaged`
   */
  rebuilt(step: number): VersionView {
    this.#forgetLater()
    const known = this.#rebuilt.get(step)
    if (known) return known
    const { engine, pins } = this.#attached()
    const version = engine.deriveBatches(this.live, batchesOf(this.history.changesSince(step)), true)
    const view = new VersionView(engine, pins, version)
    if (!equalBytes(version.root, this.history.root(step)))
      throw new StateError('damaged', 'The history is damaged: it gives another root than it says.')
    this.#rebuilt.set(step, view)
    for (const oldest of this.#rebuilt.keys()) {
      if (this.#rebuilt.size <= rebuiltStates) break
      this.#rebuilt.delete(oldest)
    }
    return view
  }

  async close(): Promise<void> {
    clearTimeout(this.#forgetting)
    this.#rebuilt.clear()
    await this.history.close()
  }

  #forgetLater(): void {
    clearTimeout(this.#forgetting)
    this.#forgetting = setTimeout(() => this.#rebuilt.clear(), rebuiltMs)
    this.#forgetting.unref()
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
