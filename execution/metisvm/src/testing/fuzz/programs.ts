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

/** Of so many batches, so many are run with the coverage of the compiler counted. */
const guidedPeriod = 200
const guidedBatches = 12

/** Programs of a batch that are looked at together first. */
const groupSize = 8

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
  #batches = 0
  /** Programs that agreed everywhere. */
  programs = 0
  /** Executions with one gas limit after the other. */
  boundaries = 0

  constructor(
    private readonly random: Random,
    private readonly events: ProgramEvents,
    private readonly coverage?: CompilerCoverage,
  ) {}

  async batch(): Promise<void> {
    const coverage = this.#coverageNow()
    const before = coverage?.snapshot()
    const batch: Tried[] = []
    for (let i = 0; i < batchSize; i++) {
      const test = this.#next()
      const modes = this.#modes()
      batch.push({ test, modes })
      try {
        await this.#check(test, modes)
        this.programs++
      } catch (error) {
        this.events.failed({ test: await this.#smallest(test), error })
      }
    }
    if (coverage && before && coverage.take() > 0) this.#attribute(batch, before, coverage)
  }

  /** Counting is slow, so only some batches are counted, and what they find serves all. */
  #coverageNow(): CompilerCoverage | undefined {
    const number = this.#batches++ % guidedPeriod
    if (number === 0) this.coverage?.start()
    if (number === guidedBatches) this.coverage?.stop()
    return number < guidedBatches ? this.coverage : undefined
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

  async #check(test: ProgramCase, modes: Modes): Promise<void> {
    const runs = this.#engines.run(test, test.inputs, modes)
    const chosen = this.random.below(runs.length)
    await checkAgainstReference(test, test.inputs[chosen]!, runs[chosen]!)
    if (this.random.oneIn(boundaryRate)) await this.#boundaries(test, runs[chosen]!, chosen)
  }

  /** Compiling is what takes long: mostly one of the compiled modes, now and then all. */
  #modes(): Modes {
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

  /** Which of a batch reached what had not been reached before: first the groups that did, then the programs in them. */
  #attribute(batch: Tried[], before: Reached, coverage: CompilerCoverage): void {
    coverage.restore(before)
    const engines = new Engines()
    for (let from = 0; from < batch.length; from += groupSize) {
      const group = batch.slice(from, from + groupSize)
      const reached = coverage.snapshot()
      for (const tried of group) compileAgain(engines, tried)
      if (coverage.take() === 0) continue
      coverage.restore(reached)
      const fresh = new Engines()
      for (const tried of group) {
        compileAgain(fresh, tried)
        if (coverage.take() === 0) continue
        const [code] = tried.test.codes
        this.corpus.add(this.random, code!)
        this.events.found?.(code!)
      }
    }
  }
}

type Tried = { test: ProgramCase; modes: Modes }
type Modes = typeof compiledModes
type Reached = ReturnType<CompilerCoverage['snapshot']>

function compileAgain(engines: Engines, { test, modes }: Tried): void {
  try {
    engines.run(test, test.inputs.slice(0, modes.includes('profiled') ? 3 : 1), modes)
  } catch {
    // Already reported.
  }
}
