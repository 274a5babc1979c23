import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Versions } from './version.js'

type Collect = (options: { type: 'major'; execution: 'async' }) => Promise<void>

const everyCommits = 32
const pauseMs = 5000
/** States that are held by views though they are not kept any more, or wait behind such, as a share of the kept ones; at least 64. */
const tolerated = 0.5

let collect: Collect | undefined

/**
 * Has garbage collected when views that nobody has any more hold many states. The engine's memory is not JavaScript's, which
 * therefore sees no reason to hurry: left to itself it lets minutes of blocks pile up.
 */
export class Collector {
  readonly #versions: Versions
  #commits = 0
  #last = 0

  constructor(versions: Versions) {
    this.#versions = versions
  }

  afterCommit(): void {
    if (++this.#commits % everyCommits !== 0 || performance.now() - this.#last < pauseMs) return
    const { keptCount, keepBlocks } = this.#versions
    const held = this.#versions.all().length - keptCount
    if (held <= Math.max(64, Math.min(keepBlocks, keptCount) * tolerated)) return
    this.#last = performance.now()
    collect ??= exposed()
    void collect({ type: 'major', execution: 'async' })
  }
}

function exposed(): Collect {
  setFlagsFromString('--expose_gc')
  return runInNewContext('gc') as Collect
}
