import { type Profiler, Session } from 'node:inspector'

type Script = { url: string; functions: Profiler.FunctionCoverage[] }

/**
 * Which parts of the compiler's own source have run: V8's block coverage, kept as one flag for each character. Each branch, loop
 * body and expression that some program reached counts as reached from then on.
 */
export class CompilerCoverage {
  readonly #session = new Session()
  readonly #reached = new Map<string, Uint8Array>()

  constructor(private readonly isCompiler = (url: string) => /\/metisvm\/(src|dist)\/compiler\//.test(url)) {
    this.#session.connect()
    this.#session.post('Profiler.enable')
  }

  /** From here on everything runs several times slower: V8 counts, and optimises nothing. */
  start(): void {
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What ran since the last call: characters that had never been reached before. */
  take(): number {
    let fresh = 0
    for (const { url, functions } of this.#counts()) {
      const flags = this.#flags(url, functions)
      const reached = flagsOf(functions, flags.length)
      for (let i = 0; i < flags.length; i++) {
        if (reached[i] === 0 || flags[i] === 1) continue
        flags[i] = 1
        fresh++
      }
    }
    return fresh
  }

  /** Characters of the compiler's functions that were reached, and all of them. */
  get total(): { reached: number; all: number } {
    let [reached, all] = [0, 0]
    for (const flags of this.#reached.values()) {
      all += flags.length
      for (const flag of flags) reached += flag
    }
    return { reached, all }
  }

  /** What was reached, to come back to with {@link restore}. */
  snapshot(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#reached].map(([url, flags]) => [url, flags.slice()]))
  }

  restore(snapshot: ReadonlyMap<string, Uint8Array>): void {
    this.#reached.clear()
    for (const [url, flags] of snapshot) this.#reached.set(url, flags.slice())
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage')
  }

  #counts(): Script[] {
    let scripts: Script[] = []
    this.#session.post('Profiler.takePreciseCoverage', (error, found) => {
      if (error === null) scripts = found.result
    })
    return scripts.filter(({ url }) => this.isCompiler(url))
  }

  #flags(url: string, functions: Profiler.FunctionCoverage[]): Uint8Array {
    const known = this.#reached.get(url)
    if (known) return known
    const size = Math.max(...functions.flatMap(({ ranges }) => ranges.map(({ endOffset }) => endOffset)))
    const flags = new Uint8Array(size)
    this.#reached.set(url, flags)
    return flags
  }
}

/** Ranges come from outside in: an inner one says more about its part. */
function flagsOf(functions: Profiler.FunctionCoverage[], size: number): Uint8Array {
  const flags = new Uint8Array(size)
  for (const { ranges } of functions) {
    for (const { startOffset, endOffset, count } of ranges)
      flags.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  }
  return flags
}
