import { Corpus } from './corpus.js'
import type { CompilerCoverage } from './coverage.js'
import { compiledModes, Engines, type Run } from './engines.js'
import { minimise } from './minimise.js'
import { mutate } from './mutate.js'
import { overheadOf, type ProgramCase, randomCase, randomFork } from './program.js'
import type { Random } from './random.js'
import { checkAgainstReference } from './reference.js'

/** Programs between two looks at the coverage. */
const batchSize = 48

/** A program in so many runs in all modes at once. */
const allModesRate = 20

/** A program in so many is run with every gas limit up to what it uses. */
const boundaryRate = 250
const boundaryGas = 1_000n

export type ProgramFailure = { test: ProgramCase; error: unknown }

export type ProgramEvents = {
  /** A program reached a new part of the compiler. */
  found?(code: Uint8Array): void
  failed(failure: ProgramFailure): void
}

/**
 * Makes programs, fresh ones and variations of what the corpus has, and runs each interpreted, compiled and with @ethereumjs/evm. Batches
 * that reach new parts of the compiler are looked through for the programs that did, and those join the corpus.
 */
export class ProgramFuzzer {
  readonly corpus = new Corpus()
  #engines = new Engines()
  /** Programs that agreed everywhere. */
  programs = 0
  /** Executions with one gas limit after the other. */
  boundaries = 0

  constructor(
    private readonly random: Random,
    private readonly events: ProgramEvents,
    private readonly coverage?: CompilerCoverage,
  ) {}

  async batch(size = batchSize): Promise<void> {
    const before = this.coverage?.snapshot()
    const batch: ProgramCase[] = []
    for (let i = 0; i < size; i++) {
      const test = this.#next()
      batch.push(test)
      try {
        await this.#check(test)
        this.programs++
      } catch (error) {
        this.events.failed({ test: await this.#smallest(test), error })
      }
    }
    if (this.coverage && this.coverage.take() > 0 && before) this.#attribute(batch, before)
  }

  #next(): ProgramCase {
    const { random, corpus } = this
    const fork = randomFork(random)
    const [program, other] = [corpus.pick(random), corpus.pick(random)]
    if (program === undefined || other === undefined || random.oneIn(3)) {
      const test = randomCase(random, fork)
      if (random.oneIn(40)) corpus.add(random, test.codes[0]!)
      return test
    }
    return randomCase(random, fork, mutate(random, fork, program, other))
  }

  async #check(test: ProgramCase): Promise<void> {
    const runs = this.#engines.run(test, test.inputs, this.#modes())
    const chosen = this.random.below(runs.length)
    await checkAgainstReference(test, test.inputs[chosen]!, runs[chosen]!)
    if (this.random.oneIn(boundaryRate)) await this.#boundaries(test, runs[chosen]!, chosen)
  }

  /** Compiling is what takes long: mostly one of the compiled modes, now and then all. */
  #modes() {
    const { random } = this
    if (random.oneIn(allModesRate)) return compiledModes
    return [random.weighted([[1, 'compiled'] as const, [3, 'optimised'] as const, [2, 'profiled'] as const])]
  }

  /** Every gas limit from nothing to enough. */
  async #boundaries(test: ProgramCase, run: Run, chosen: number): Promise<void> {
    const input = test.inputs[chosen]!
    const used = run.result.gasUsed + run.result.gasRefunded - overheadOf(test.fork, input.data).intrinsic
    if (used > boundaryGas) return
    for (let gas = 0n; gas <= used + 1n; gas++) {
      const limited = { ...input, gas }
      const [ours] = this.#engines.run(test, [limited])
      if (this.random.oneIn(40)) await checkAgainstReference(test, limited, ours!)
      this.boundaries++
    }
  }

  async #smallest(test: ProgramCase): Promise<ProgramCase> {
    return minimise(test, async (candidate) => {
      try {
        const runs = new Engines().run(candidate)
        for (const [i, run] of runs.entries())
          await checkAgainstReference(candidate, candidate.inputs[i]!, run)
        return false
      } catch {
        return true
      }
    })
  }

  /** Which of a batch reached what had not been reached before. */
  #attribute(batch: ProgramCase[], before: ReturnType<CompilerCoverage['snapshot']>): void {
    const { coverage, random } = this
    if (!coverage) return
    coverage.restore(before)
    const engines = new Engines()
    for (const test of batch) {
      try {
        engines.run(test)
      } catch {
        // Already reported.
      }
      if (coverage.take() === 0) continue
      this.corpus.add(random, test.codes[0]!)
      this.events.found?.(test.codes[0]!)
    }
  }
}
